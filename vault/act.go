package vault

// An Act is something that can be tried. The number stands in every leaf of
// the trail and never changes its meaning; the zero Act is never allowed.
type Act uint16

// The acts. Numbers are for ever (audit/FORMAT.md).
const (
	ActLogin           Act = 1
	ActLogout          Act = 2
	ActUnauthenticated Act = 3
	ActStart           Act = 4
	ActStop            Act = 5
	ActRebuild         Act = 6
	ActSettle          Act = 7
	ActSweep           Act = 8
	ActNewMaster       Act = 9
	ActDestroyMaster   Act = 10
	ActRestoreMaster   Act = 11
	ActRotate          Act = 12
	ActConfirmClock    Act = 13

	ActOpenSafe Act = 20
	ActUnlock   Act = 21
	ActLock     Act = 22
	ActEntrust  Act = 23
	ActTakeBack Act = 24

	ActCancelKit Act = 33

	ActDeposit     Act = 40
	ActRead        Act = 41
	ActDestroy     Act = 42
	ActMetadata    Act = 43
	ActControl     Act = 44
	ActJournal     Act = 45
	ActList        Act = 46
	ActCount       Act = 47
	ActDescribe    Act = 48
	ActMove        Act = 49
	ActRename      Act = 50
	ActCheckpoint  Act = 51
	ActInclusion   Act = 52
	ActConsistency Act = 53
	ActReveal      Act = 54
	ActExport      Act = 55
	ActErase       Act = 56
	ActChangeMemo  Act = 57
	ActToChange    Act = 58 // which secrets others have seen

	ActAddStructure    Act = 60
	ActEnrol           Act = 61
	ActChangeAgent     Act = 62
	ActEndAgent        Act = 63
	ActAssignSuccessor Act = 64
	ActListAgents      Act = 65
	ActDepartureReport Act = 66
	ActSuspend         Act = 67
	ActAskApproval     Act = 68
	ActApprove         Act = 69
	ActDecline         Act = 70
	ActListApprovals   Act = 71
	ActFindSafe        Act = 72
	ActRegister        Act = 73
	ActIssueAddress    Act = 74
	ActRevokeAddress   Act = 75
	ActCircle          Act = 76
	ActSetReferent     Act = 77
	ActAnomalies       Act = 78
	ActSelf            Act = 79

	ActAskConsent      Act = 80
	ActGiveConsent     Act = 81
	ActRefuseConsent   Act = 82
	ActWithdrawConsent Act = 83
	ActWidenConsent    Act = 84
	ActRenewConsent    Act = 85
	ActListConsents    Act = 86
	ActEndConsent      Act = 87
	ActShowConsent     Act = 88
	ActMyConsents      Act = 89

	ActSetPIN          Act = 90
	ActOpenCounter     Act = 91
	ActExtendCounter   Act = 92
	ActProvePresence   Act = 93
	ActAskPresence     Act = 94
	ActGrantPresence   Act = 95
	ActStartSideBySide Act = 96
	ActEndSideBySide   Act = 97
	ActComeBack        Act = 98
	ActGuess           Act = 99 // a code or a PIN was typed, and is about to be compared

	ActRenewSheet    Act = 100
	ActActivateLogin Act = 101
	ActRelinkLogin   Act = 102
	ActFreeze        Act = 103
	ActUnfreeze      Act = 104
	ActShutOut       Act = 105
	ActLetIn         Act = 106
	ActSetDiscreet   Act = 107
	ActAddPhone      Act = 108
	ActRemoveWay     Act = 109
	ActListWays      Act = 110
	ActAskRecovery   Act = 111
	ActRecover       Act = 112
	ActResetPassword Act = 113
	ActView          Act = 114

	ActPrepareHandover Act = 115 // a new sheet is printed for it, or it waits
	ActHandover        Act = 116 // the safe becomes the person's alone
	ActMakeKit         Act = 117
	ActOpenKit         Act = 118 // two recovery sheets were shown; their delay begins
	ActFinishKit       Act = 119

	ActSendRelay    Act = 120
	ActTakeRelay    Act = 121
	ActFinishRelay  Act = 122
	ActReturnRelay  Act = 123
	ActForbidRelays Act = 124
	ActAllowRelays  Act = 125
	ActListRelays   Act = 126 // of one safe
	ActMyRelays     Act = 127
	ActRelayAlarm   Act = 128 // nobody took one in time
	ActWithdrawAll  Act = 129 // every consent of one agent, or of a safe

	ActRegisterPartner Act = 130
	ActListPartners    Act = 131
	ActStructureReport Act = 132 // counts of the whole structure

	ActPrintConsent Act = 140
	ActPrintJournal Act = 141
	ActPrintLetter  Act = 142
	ActNotices      Act = 143
	ActCheckPage    Act = 144

	ActPrintPassport Act = 145
	ActListCopies    Act = 146 // of a digital passport
	ActLoseCopy      Act = 147

	ActInvitePerson   Act = 150 // to make a local account
	ActInviteAgent    Act = 151
	ActReissueAccount Act = 152 // a new code for an agent's local account; the old password ends
	ActKeepAccount    Act = 153 // something of the local provider was written
	ActRestoreTrail   Act = 136 // a lost trail was read back from its copy
	ActEndAccount     Act = 135 // an invitation ran out, or an agent's local account ended

	ActOpenTraining    Act = 170 // a safe for exercises
	ActListTrainings   Act = 171
	ActEndTraining     Act = 172
	ActBring           Act = 180 // what a démarche asks, and what is there
	ActSort            Act = 181
	ActDues            Act = 182
	ActDestroyNotebook Act = 190 // two agents sign that an office notebook is no more
	ActListNotebooks   Act = 191
	ActPrintNotebook   Act = 192
)

// Workshops.
const (
	ActOpenCycle        Act = 160
	ActChangeCycle      Act = 161
	ActEndCycle         Act = 162 // of the service, in a safe's journal: its part was forgotten
	ActChangeLeader     Act = 163
	ActListCycles       Act = 164 // of a structure, or who takes part in one
	ActJoinCycle        Act = 165
	ActLeaveCycle       Act = 166
	ActNoteWorkshop     Act = 167 // attendance or progress
	ActReadWorkshop     Act = 168 // the person's own part, by them or by who leads
	ActPrintCertificate Act = 169
)
