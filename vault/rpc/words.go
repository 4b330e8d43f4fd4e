package rpc

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/prints"
	"github.com/coffre-fort/coffre/vault/texts"
	"github.com/coffre-fort/coffre/vault/workshop"
)

// A pair is one word of the API and what it means here.
type pair[W, D comparable] struct {
	wire   W
	domain D
}

// Words translate an enumeration of the API into one of the domain, and back.
// What stands in no pair is refused on the way in, and unspecified on the way
// out. Where two words mean the same, the first is answered.
type words[W, D comparable] []pair[W, D]

// parse reads a word; f collects the refusal of one that is not in the list.
func (ws words[W, D]) parse(f *fields, field string, w W) (d D) {
	for _, p := range ws {
		if p.wire == w {
			return p.domain
		}
	}
	f.refuse(field, texts.RuleChoice)
	return d
}

// of is the word for d.
func (ws words[W, D]) of(d D) (w W) {
	for _, p := range ws {
		if p.domain == d {
			return p.wire
		}
	}
	return w
}

var (
	actionWords = words[coffrev1.Action, vault.Action]{
		{coffrev1.Action_ACTION_SEE, vault.ActionSee},
		{coffrev1.Action_ACTION_READ, vault.ActionRead},
		{coffrev1.Action_ACTION_DEPOSIT, vault.ActionDeposit},
		{coffrev1.Action_ACTION_REVEAL, vault.ActionReveal},
		{coffrev1.Action_ACTION_DESCRIBE, vault.ActionDescribe},
	}
	accountWords = words[coffrev1.AccountKind, vault.AccountKind]{
		{coffrev1.AccountKind_ACCOUNT_KIND_PERSON, vault.AccountPerson},
		{coffrev1.AccountKind_ACCOUNT_KIND_AGENT, vault.AccountAgent},
	}
	postureWords = words[coffrev1.Posture, vault.Posture]{
		{coffrev1.Posture_POSTURE_TRAIN, vault.PostureTrain},
		{coffrev1.Posture_POSTURE_WITH, vault.PostureWith},
		{coffrev1.Posture_POSTURE_IN_STEAD, vault.PostureInStead},
	}
	// The narrow word of these three is the one that need not be said.
	arrivalsWords = words[coffrev1.Arrivals, vault.Arrivals]{
		{coffrev1.Arrivals_ARRIVALS_TODAY, vault.ArrivalsToday},
		{coffrev1.Arrivals_ARRIVALS_TOO, vault.ArrivalsToo},
		{coffrev1.Arrivals_ARRIVALS_UNSPECIFIED, vault.ArrivalsToday},
	}
	presenceWords = words[coffrev1.PresenceDemand, vault.Presence]{
		{coffrev1.PresenceDemand_PRESENCE_DEMAND_NEEDED, vault.PresenceNeeded},
		{coffrev1.PresenceDemand_PRESENCE_DEMAND_NOT, vault.PresenceNot},
		{coffrev1.PresenceDemand_PRESENCE_DEMAND_UNSPECIFIED, vault.PresenceNeeded},
	}
	replacementWords = words[coffrev1.Replacement, vault.Replacement]{
		{coffrev1.Replacement_REPLACEMENT_NONE, vault.ReplacementNone},
		{coffrev1.Replacement_REPLACEMENT_SUCCESSOR, vault.ReplacementSuccessor},
		{coffrev1.Replacement_REPLACEMENT_UNSPECIFIED, vault.ReplacementNone},
	}
	methodWords = words[coffrev1.Method, vault.Method]{
		{coffrev1.Method_METHOD_SESSION, vault.MethodSession},
		{coffrev1.Method_METHOD_COUNTER, vault.MethodCounter},
		{coffrev1.Method_METHOD_ORAL, vault.MethodOral},
		{coffrev1.Method_METHOD_PICTOGRAM, vault.MethodPictogram},
	}
	companyWords = words[coffrev1.Company, vault.Company]{
		{coffrev1.Company_COMPANY_ALONE, vault.CompanyAlone},
		{coffrev1.Company_COMPANY_WANTED, vault.CompanyWanted},
	}
	protectionWords = words[coffrev1.Protection, vault.Protection]{
		{coffrev1.Protection_PROTECTION_NONE, vault.ProtectionNone},
		{coffrev1.Protection_PROTECTION_ASSISTED, vault.ProtectionAssisted},
		{coffrev1.Protection_PROTECTION_REPRESENTED, vault.ProtectionRepresented},
	}
	printFormWords = words[coffrev1.PrintForm, vault.PrintForm]{
		{coffrev1.PrintForm_PRINT_FORM_RECEIPT, vault.PrintReceipt},
		{coffrev1.PrintForm_PRINT_FORM_MANDATE, vault.PrintMandate},
		{coffrev1.PrintForm_PRINT_FORM_WITHDRAWAL, vault.PrintWithdrawal},
	}
	passportFormWords = words[coffrev1.PassportForm, vault.PassportForm]{
		{coffrev1.PassportForm_PASSPORT_FORM_FOLDED, vault.PassportFolded},
		{coffrev1.PassportForm_PASSPORT_FORM_BOOKLET, vault.PassportBooklet},
		{coffrev1.PassportForm_PASSPORT_FORM_CARDS, vault.PassportCards},
	}
	disclosureWords = words[coffrev1.Disclosure, vault.Disclosure]{
		{coffrev1.Disclosure_DISCLOSURE_LOGIN, vault.DiscloseLogin},
		{coffrev1.Disclosure_DISCLOSURE_HINT, vault.DiscloseHint},
		{coffrev1.Disclosure_DISCLOSURE_SECRET, vault.DiscloseSecret},
		{coffrev1.Disclosure_DISCLOSURE_UNSPECIFIED, vault.DiscloseLogin},
	}
	pageFormatWords = words[coffrev1.PageFormat, prints.Format]{
		{coffrev1.PageFormat_PAGE_FORMAT_UNSPECIFIED, prints.FormatAny},
		{coffrev1.PageFormat_PAGE_FORMAT_HTML, prints.FormatHTML},
	}
	guardWords = words[coffrev1.Guard, papers.Guard]{
		{coffrev1.Guard_GUARD_UNSPECIFIED, papers.Alone},
		{coffrev1.Guard_GUARD_THROTTLED, papers.Throttled},
		{coffrev1.Guard_GUARD_HELD_THING, papers.HeldThing},
	}
	recipeWords = words[coffrev1.PasswordRecipe, papers.Recipe]{
		{coffrev1.PasswordRecipe_PASSWORD_RECIPE_UNSPECIFIED, papers.FourKinds},
		{coffrev1.PasswordRecipe_PASSWORD_RECIPE_NO_SIGNS, papers.ThreeKinds},
		{coffrev1.PasswordRecipe_PASSWORD_RECIPE_DIGITS, papers.DigitsOnly},
	}
	noticeWords = words[coffrev1.NoticeKind, vault.NoticeKind]{
		{coffrev1.NoticeKind_NOTICE_KIND_ENDS_SOON, vault.NoticeEndsSoon},
		{coffrev1.NoticeKind_NOTICE_KIND_ARRIVED, vault.NoticeArrived},
		{coffrev1.NoticeKind_NOTICE_KIND_SUCCESSOR, vault.NoticeSuccessor},
		{coffrev1.NoticeKind_NOTICE_KIND_ENDED, vault.NoticeEnded},
		{coffrev1.NoticeKind_NOTICE_KIND_RELINK, vault.NoticeRelink},
		{coffrev1.NoticeKind_NOTICE_KIND_RECOVERY, vault.NoticeRecovery},
		{coffrev1.NoticeKind_NOTICE_KIND_WAITS, vault.NoticeWaits},
		{coffrev1.NoticeKind_NOTICE_KIND_SHEET, vault.NoticeSheet},
		{coffrev1.NoticeKind_NOTICE_KIND_INFORMATION, vault.NoticeInformation},
		{coffrev1.NoticeKind_NOTICE_KIND_HANDOVER, vault.NoticeHandover},
		{coffrev1.NoticeKind_NOTICE_KIND_KIT, vault.NoticeKit},
		{coffrev1.NoticeKind_NOTICE_KIND_KIT_USED, vault.NoticeKitUsed},
		{coffrev1.NoticeKind_NOTICE_KIND_DUE, vault.NoticeDue},
		{coffrev1.NoticeKind_NOTICE_KIND_NOTEBOOK, vault.NoticeNotebook},
	}
	relationWords = words[coffrev1.Relation, papers.Role]{
		{coffrev1.Relation_RELATION_PARTNER, papers.Partner},
		{coffrev1.Relation_RELATION_CHILD, papers.Child},
		{coffrev1.Relation_RELATION_OTHER, papers.Other},
	}
	pieceStateWords = words[coffrev1.PieceState, papers.State]{
		{coffrev1.PieceState_PIECE_STATE_UNSPECIFIED, papers.NotLooked},
		{coffrev1.PieceState_PIECE_STATE_OK, papers.OK},
		{coffrev1.PieceState_PIECE_STATE_SOON_TOO_OLD, papers.SoonTooOld},
		{coffrev1.PieceState_PIECE_STATE_TOO_OLD, papers.TooOld},
		{coffrev1.PieceState_PIECE_STATE_MISSING, papers.Missing},
		{coffrev1.PieceState_PIECE_STATE_DOUBTFUL, papers.Doubtful},
	}
	adviceWords = words[coffrev1.Advice, papers.Verdict]{
		{coffrev1.Advice_ADVICE_UNSPECIFIED, papers.NoRule},
		{coffrev1.Advice_ADVICE_KEEP, papers.Keep},
		{coffrev1.Advice_ADVICE_KEEP_UNTIL, papers.KeepUntil},
		{coffrev1.Advice_ADVICE_MAY_GO, papers.MayGo},
		{coffrev1.Advice_ADVICE_ASK_FIRST, papers.AskFirst},
	}
	answerWords = words[coffrev1.Answer, papers.Answer]{
		{coffrev1.Answer_ANSWER_UNSPECIFIED, papers.NotAnswered},
		{coffrev1.Answer_ANSWER_YES, papers.Yes},
		{coffrev1.Answer_ANSWER_NO, papers.No},
	}
	phaseWords = words[coffrev1.DuePhase, papers.Phase]{
		{coffrev1.DuePhase_DUE_PHASE_AHEAD, papers.Ahead},
		{coffrev1.DuePhase_DUE_PHASE_OPEN, papers.Open},
		{coffrev1.DuePhase_DUE_PHASE_OVERDUE, papers.Overdue},
	}
	discretionWords = words[coffrev1.Discretion, vault.Discretion]{
		{coffrev1.Discretion_DISCRETION_NORMAL, vault.DiscretionNormal},
		{coffrev1.Discretion_DISCRETION_DISCREET, vault.DiscretionDiscreet},
	}

	wordWords = words[coffrev1.Word, vault.Word]{
		{coffrev1.Word_WORD_UNSPECIFIED, vault.WordOwn},
		{coffrev1.Word_WORD_PRESENT, vault.WordPresent},
		{coffrev1.Word_WORD_TELEPHONE, vault.WordTelephone},
		{coffrev1.Word_WORD_LETTER, vault.WordLetter},
		{coffrev1.Word_WORD_SLIP, vault.WordSlip},
	}

	discreetKitWords = words[coffrev1.DiscreetKit, vault.DiscreetKit]{
		{coffrev1.DiscreetKit_DISCREET_KIT_UNSPECIFIED, 0},
		{coffrev1.DiscreetKit_DISCREET_KIT_ANYWAY, vault.DiscreetKitAnyway},
	}
	kitLossWords = words[coffrev1.KitLoss, vault.KitLoss]{
		{coffrev1.KitLoss_KIT_LOSS_UNSPECIFIED, 0},
		{coffrev1.KitLoss_KIT_LOSS_OUT_OF_REACH, vault.KitOutOfReach},
	}

	// These are answered only.
	kitHolderWords = words[coffrev1.KitHolder, vault.KitHolder]{
		{coffrev1.KitHolder_KIT_HOLDER_PERSON, vault.KitPerson},
		{coffrev1.KitHolder_KIT_HOLDER_RELATIVE, vault.KitRelative},
		{coffrev1.KitHolder_KIT_HOLDER_ENVELOPE, vault.KitEnvelope},
	}
	relayStateWords = words[coffrev1.RelayState, vault.RelayState]{
		{coffrev1.RelayState_RELAY_STATE_SENT, vault.RelaySent},
		{coffrev1.RelayState_RELAY_STATE_TAKEN, vault.RelayTaken},
		{coffrev1.RelayState_RELAY_STATE_RETURNED, vault.RelayReturned},
		{coffrev1.RelayState_RELAY_STATE_DONE, vault.RelayDone},
		{coffrev1.RelayState_RELAY_STATE_ENDED, vault.RelayEnded},
	}
	consentStateWords = words[coffrev1.ConsentState, vault.ConsentState]{
		{coffrev1.ConsentState_CONSENT_STATE_ASKED, vault.ConsentAsked},
		{coffrev1.ConsentState_CONSENT_STATE_LIVE, vault.ConsentLive},
		{coffrev1.ConsentState_CONSENT_STATE_ENDED, vault.ConsentEnded},
	}
	themeWords = words[coffrev1.WorkshopTheme, workshop.Theme]{
		{coffrev1.WorkshopTheme_WORKSHOP_THEME_SORT, workshop.ThemeSort},
		{coffrev1.WorkshopTheme_WORKSHOP_THEME_FILE, workshop.ThemeFile},
		{coffrev1.WorkshopTheme_WORKSHOP_THEME_THROW, workshop.ThemeThrow},
		{coffrev1.WorkshopTheme_WORKSHOP_THEME_PASSPORT, workshop.ThemePassport},
		{coffrev1.WorkshopTheme_WORKSHOP_THEME_OTHER, workshop.ThemeOther},
	}
	attendanceWords = words[coffrev1.Attendance, workshop.Attendance]{
		{coffrev1.Attendance_ATTENDANCE_INVITED, workshop.AttendanceInvited},
		{coffrev1.Attendance_ATTENDANCE_CAME, workshop.AttendanceCame},
		{coffrev1.Attendance_ATTENDANCE_MISSED, workshop.AttendanceMissed},
		{coffrev1.Attendance_ATTENDANCE_CAUGHT_UP, workshop.AttendanceCaughtUp},
	}
	stepWords = words[coffrev1.WorkshopStep, texts.WorkshopStep]{
		{coffrev1.WorkshopStep_WORKSHOP_STEP_SORTED, texts.StepSorted},
		{coffrev1.WorkshopStep_WORKSHOP_STEP_FILED, texts.StepFiled},
		{coffrev1.WorkshopStep_WORKSHOP_STEP_THROWN, texts.StepThrown},
		{coffrev1.WorkshopStep_WORKSHOP_STEP_MEMOS, texts.StepMemos},
		{coffrev1.WorkshopStep_WORKSHOP_STEP_LOGIN, texts.StepLogin},
	}
	endReasonWords = words[coffrev1.EndReason, vault.EndReason]{
		{coffrev1.EndReason_END_REASON_DATE, vault.EndedByDate},
		{coffrev1.EndReason_END_REASON_WITHDRAWN, vault.EndedWithdrawn},
		{coffrev1.EndReason_END_REASON_REFUSED, vault.EndedRefused},
		{coffrev1.EndReason_END_REASON_DEPARTURE, vault.EndedDeparture},
		{coffrev1.EndReason_END_REASON_HANDOVER, vault.EndedHandover},
		{coffrev1.EndReason_END_REASON_ERASURE, vault.EndedErasure},
		{coffrev1.EndReason_END_REASON_FREEZE, vault.EndedFreeze},
		{coffrev1.EndReason_END_REASON_SHUT_OUT, vault.EndedShutOut},
		{coffrev1.EndReason_END_REASON_RENEWED, vault.EndedRenewed},
		{coffrev1.EndReason_END_REASON_EXPIRED, vault.EndedExpired},
		{coffrev1.EndReason_END_REASON_KEY_LOST, vault.EndedKeyLost},
		{coffrev1.EndReason_END_REASON_CYCLE, vault.EndedCycle},
	}
	agentStateWords = words[coffrev1.AgentState, vault.AgentState]{
		{coffrev1.AgentState_AGENT_STATE_ACTIVE, vault.AgentActive},
		{coffrev1.AgentState_AGENT_STATE_SUSPENDED, vault.AgentSuspended},
		{coffrev1.AgentState_AGENT_STATE_ENDED, vault.AgentEnded},
	}
	anomalyWords = words[coffrev1.Anomaly_Kind, vault.AnomalyKind]{
		{coffrev1.Anomaly_KIND_OPENINGS, vault.AnomalyOpenings},
		{coffrev1.Anomaly_KIND_REFUSALS, vault.AnomalyRefusals},
		{coffrev1.Anomaly_KIND_PIN, vault.AnomalyPIN},
		{coffrev1.Anomaly_KIND_PRESENCE, vault.AnomalyPresence},
		{coffrev1.Anomaly_KIND_SEARCHES, vault.AnomalySearches},
		{coffrev1.Anomaly_KIND_DEPOSITS, vault.AnomalyDeposits},
		{coffrev1.Anomaly_KIND_SECOND_VIEW, vault.AnomalySecondView},
	}
	reachWords = words[coffrev1.Reach, vault.Reach]{
		{coffrev1.Reach_REACH_ENTRUSTED, vault.ReachEntrusted},
		{coffrev1.Reach_REACH_ALL, vault.ReachAll},
	}
	wayWords = words[coffrev1.WayIn_Kind, vault.WayInKind]{
		{coffrev1.WayIn_KIND_SHEET, vault.WaySheet},
		{coffrev1.WayIn_KIND_ESCROW, vault.WayEscrow},
		{coffrev1.WayIn_KIND_PHONE, vault.WayPhone},
		{coffrev1.WayIn_KIND_RECOVERY, vault.WayRecovery},
	}
)

// stamp is an instant as it is answered: none for the zero time.
func stamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

// named writes an id, and nothing for one that names nothing.
func named[ID interface {
	String() string
	IsZero() bool
}](id ID) *string {
	if id.IsZero() {
		return nil
	}
	return new(id.String())
}
