package rpc

import (
	"fmt"
	"time"

	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	reflectionalphapb "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// A need is what a caller must have for a method. The zero need is met by
// nobody.
type need uint8

const (
	_           need = iota
	public           // anybody
	withSession      // whoever proves a live session; the keeper decides the rest
	withHold         // the same, in a call that moves content: see [vault.Hold]
	fromNode         // an API node, on the keeper's own listener; link authenticates the caller behind it
)

type right struct {
	need  need
	limit time.Duration
}

// holdMethod is served to nodes only (coffre.keeper.v1, package link).
const holdMethod = "/coffre.keeper.v1.KeeperService/Hold"

// access has one row for each method that is served: a new method that nobody
// thought about does not start.
var access = map[string]right{
	coffrev1.SessionService_ListIssuers_FullMethodName:  {public, shortLimit},
	coffrev1.SessionService_OpenSession_FullMethodName:  {public, shortLimit},
	coffrev1.SessionService_CloseSession_FullMethodName: {withSession, shortLimit},
	coffrev1.SessionService_Unlock_FullMethodName:       {withSession, shortLimit},
	coffrev1.SessionService_Lock_FullMethodName:         {withSession, shortLimit},

	coffrev1.SafeService_OpenSafe_FullMethodName:       {withSession, shortLimit},
	coffrev1.SafeService_EntrustDrawer_FullMethodName:  {withSession, shortLimit},
	coffrev1.SafeService_TakeBackDrawer_FullMethodName: {withSession, shortLimit},

	coffrev1.DocumentService_Deposit_FullMethodName:               {withHold, longLimit},
	coffrev1.DocumentService_DepositBatch_FullMethodName:          {withHold, longLimit},
	coffrev1.DocumentService_Read_FullMethodName:                  {withHold, longLimit},
	coffrev1.DocumentService_Destroy_FullMethodName:               {withSession, shortLimit},
	coffrev1.DocumentService_ReadTechnicalMetadata_FullMethodName: {withSession, shortLimit},
	coffrev1.DocumentService_Control_FullMethodName:               {withHold, shortLimit},
	coffrev1.DocumentService_List_FullMethodName:                  {withSession, shortLimit},
	coffrev1.DocumentService_Count_FullMethodName:                 {withSession, shortLimit},
	coffrev1.DocumentService_Move_FullMethodName:                  {withSession, shortLimit},
	coffrev1.DocumentService_Rename_FullMethodName:                {withSession, shortLimit},
	coffrev1.DocumentService_Describe_FullMethodName:              {withSession, shortLimit},

	coffrev1.MemoService_PutMemos_FullMethodName:     {withSession, shortLimit},
	coffrev1.MemoService_OpenMemo_FullMethodName:     {withSession, shortLimit},
	coffrev1.MemoService_ViewMemo_FullMethodName:     {withSession, shortLimit},
	coffrev1.MemoService_ChangeMemo_FullMethodName:   {withSession, shortLimit},
	coffrev1.MemoService_ListToChange_FullMethodName: {withSession, shortLimit},

	coffrev1.PassportService_PrintPassport_FullMethodName: {withSession, shortLimit},
	coffrev1.PassportService_ListCopies_FullMethodName:    {withSession, shortLimit},
	coffrev1.PassportService_LoseCopy_FullMethodName:      {withSession, shortLimit},

	coffrev1.MemoService_CheckMemo_FullMethodName:       {withSession, shortLimit}, // nothing of it is recorded
	coffrev1.MemoService_NewPassword_FullMethodName:     {withSession, shortLimit},
	coffrev1.MemoService_DestroyNotebook_FullMethodName: {withSession, shortLimit},
	coffrev1.MemoService_ListNotebooks_FullMethodName:   {withSession, shortLimit},
	coffrev1.MemoService_PrintNotebook_FullMethodName:   {withSession, shortLimit},

	coffrev1.TrailService_ReadJournal_FullMethodName:      {withSession, shortLimit},
	coffrev1.TrailService_Checkpoint_FullMethodName:       {withSession, shortLimit},
	coffrev1.TrailService_ProveInclusion_FullMethodName:   {withSession, shortLimit},
	coffrev1.TrailService_ProveConsistency_FullMethodName: {withSession, shortLimit},

	coffrev1.InformationService_GetServiceInformation_FullMethodName: {public, shortLimit}, // L-11: before there is a contract

	coffrev1.StructureService_GetSelf_FullMethodName:            {withSession, shortLimit},
	coffrev1.StructureService_EnrolAgent_FullMethodName:         {withSession, shortLimit},
	coffrev1.StructureService_ChangeAgent_FullMethodName:        {withSession, shortLimit},
	coffrev1.StructureService_EndAgent_FullMethodName:           {withSession, shortLimit},
	coffrev1.StructureService_InviteAccount_FullMethodName:      {withSession, shortLimit},
	coffrev1.StructureService_ReissueAccount_FullMethodName:     {withSession, shortLimit},
	coffrev1.StructureService_AssignSuccessor_FullMethodName:    {withSession, shortLimit},
	coffrev1.StructureService_ListAgents_FullMethodName:         {withSession, shortLimit},
	coffrev1.StructureService_GetDepartureReport_FullMethodName: {withSession, shortLimit},
	coffrev1.StructureService_ListAnomalies_FullMethodName:      {withSession, shortLimit},
	coffrev1.StructureService_GetStructureReport_FullMethodName: {withSession, shortLimit},
	coffrev1.StructureService_ListApprovals_FullMethodName:      {withSession, shortLimit},
	coffrev1.StructureService_Approve_FullMethodName:            {withSession, shortLimit},
	coffrev1.StructureService_Decline_FullMethodName:            {withSession, shortLimit},

	coffrev1.PartnerService_RegisterPartner_FullMethodName: {withSession, shortLimit},
	coffrev1.PartnerService_ListPartners_FullMethodName:    {withSession, shortLimit},

	coffrev1.RegisterService_FindSafe_FullMethodName:      {withSession, shortLimit},
	coffrev1.RegisterService_SetRegister_FullMethodName:   {withSession, shortLimit},
	coffrev1.RegisterService_IssueAddress_FullMethodName:  {withSession, shortLimit},
	coffrev1.RegisterService_RevokeAddress_FullMethodName: {withSession, shortLimit},
	coffrev1.RegisterService_GetCircle_FullMethodName:     {withSession, shortLimit},
	coffrev1.RegisterService_SetReferent_FullMethodName:   {withSession, shortLimit},

	coffrev1.ConsentService_ShowConsent_FullMethodName:      {withSession, shortLimit},
	coffrev1.ConsentService_AskConsent_FullMethodName:       {withSession, shortLimit},
	coffrev1.ConsentService_GiveConsent_FullMethodName:      {withSession, shortLimit},
	coffrev1.ConsentService_RefuseConsent_FullMethodName:    {withSession, shortLimit},
	coffrev1.ConsentService_WithdrawConsent_FullMethodName:  {withSession, shortLimit},
	coffrev1.ConsentService_WithdrawConsents_FullMethodName: {withSession, shortLimit},
	coffrev1.ConsentService_WidenConsent_FullMethodName:     {withSession, shortLimit},
	coffrev1.ConsentService_RenewConsent_FullMethodName:     {withSession, shortLimit},
	coffrev1.ConsentService_ListConsents_FullMethodName:     {withSession, shortLimit},
	coffrev1.ConsentService_ListHelped_FullMethodName:       {withSession, shortLimit},

	coffrev1.PresenceService_SetPin_FullMethodName:          {withSession, shortLimit},
	coffrev1.PresenceService_OpenCounter_FullMethodName:     {withSession, shortLimit},
	coffrev1.PresenceService_ExtendCounter_FullMethodName:   {withSession, shortLimit},
	coffrev1.PresenceService_ProvePresence_FullMethodName:   {withSession, shortLimit},
	coffrev1.PresenceService_AskPresence_FullMethodName:     {withSession, shortLimit},
	coffrev1.PresenceService_GrantPresence_FullMethodName:   {withSession, shortLimit},
	coffrev1.PresenceService_StartSideBySide_FullMethodName: {withSession, shortLimit},
	coffrev1.PresenceService_EndSideBySide_FullMethodName:   {withSession, shortLimit},

	coffrev1.TrainingService_OpenTraining_FullMethodName:  {withSession, shortLimit},
	coffrev1.TrainingService_ListTrainings_FullMethodName: {withSession, shortLimit},
	coffrev1.TrainingService_EndTraining_FullMethodName:   {withSession, shortLimit},

	coffrev1.RelayService_SendRelay_FullMethodName:    {withSession, shortLimit},
	coffrev1.RelayService_TakeRelay_FullMethodName:    {withSession, shortLimit},
	coffrev1.RelayService_FinishRelay_FullMethodName:  {withSession, shortLimit},
	coffrev1.RelayService_ReturnRelay_FullMethodName:  {withSession, shortLimit},
	coffrev1.RelayService_ForbidRelays_FullMethodName: {withSession, shortLimit},
	coffrev1.RelayService_AllowRelays_FullMethodName:  {withSession, shortLimit},
	coffrev1.RelayService_ListRelays_FullMethodName:   {withSession, shortLimit},

	coffrev1.WorkshopService_OpenCycle_FullMethodName:        {withSession, shortLimit},
	coffrev1.WorkshopService_ChangeCycle_FullMethodName:      {withSession, shortLimit},
	coffrev1.WorkshopService_ChangeLeader_FullMethodName:     {withSession, shortLimit},
	coffrev1.WorkshopService_EndCycle_FullMethodName:         {withSession, shortLimit},
	coffrev1.WorkshopService_ListCycles_FullMethodName:       {withSession, shortLimit},
	coffrev1.WorkshopService_JoinCycle_FullMethodName:        {withSession, shortLimit},
	coffrev1.WorkshopService_LeaveCycle_FullMethodName:       {withSession, shortLimit},
	coffrev1.WorkshopService_NoteAttendance_FullMethodName:   {withSession, shortLimit},
	coffrev1.WorkshopService_NoteProgress_FullMethodName:     {withSession, shortLimit},
	coffrev1.WorkshopService_ListParticipants_FullMethodName: {withSession, shortLimit},
	coffrev1.WorkshopService_GetParticipation_FullMethodName: {withSession, shortLimit},
	coffrev1.WorkshopService_PrintCertificate_FullMethodName: {withSession, shortLimit},

	coffrev1.LockService_GetSafe_FullMethodName:       {withSession, shortLimit},
	coffrev1.LockService_RenewSheet_FullMethodName:    {withSession, shortLimit},
	coffrev1.LockService_ActivateLogin_FullMethodName: {withSession, shortLimit},
	coffrev1.LockService_RelinkLogin_FullMethodName:   {withSession, shortLimit},
	coffrev1.LockService_AskRecovery_FullMethodName:   {withSession, shortLimit},
	coffrev1.LockService_ResetPassword_FullMethodName: {public, shortLimit}, // for somebody who cannot log in: sheet and PIN prove who
	coffrev1.LockService_Freeze_FullMethodName:        {withSession, shortLimit},
	coffrev1.LockService_Unfreeze_FullMethodName:      {withSession, shortLimit},
	coffrev1.LockService_ShutOut_FullMethodName:       {withSession, shortLimit},
	coffrev1.LockService_LetIn_FullMethodName:         {withSession, shortLimit},
	coffrev1.LockService_SetDiscreet_FullMethodName:   {withSession, shortLimit},
	coffrev1.LockService_AddPhone_FullMethodName:      {withSession, shortLimit},
	coffrev1.LockService_RemoveWay_FullMethodName:     {withSession, shortLimit},
	coffrev1.LockService_ListWays_FullMethodName:      {withSession, shortLimit},

	coffrev1.PapersService_GetCatalogue_FullMethodName:   {public, shortLimit}, // says nothing of anybody
	coffrev1.PapersService_GetGeneralList_FullMethodName: {public, shortLimit},
	coffrev1.PapersService_Bring_FullMethodName:          {withSession, shortLimit},
	coffrev1.PapersService_Sort_FullMethodName:           {withSession, shortLimit},
	coffrev1.PapersService_ListDues_FullMethodName:       {withSession, shortLimit},
	coffrev1.RecoveryService_MakeKit_FullMethodName:      {withSession, shortLimit},
	coffrev1.RecoveryService_OpenKit_FullMethodName:      {withSession, shortLimit},
	coffrev1.RecoveryService_FinishKit_FullMethodName:    {withSession, shortLimit},
	coffrev1.RecoveryService_CancelKit_FullMethodName:    {withSession, shortLimit},

	coffrev1.HandoverService_PrepareHandover_FullMethodName: {withSession, shortLimit},
	coffrev1.HandoverService_Handover_FullMethodName:        {withSession, shortLimit},
	coffrev1.HandoverService_WaitHandover_FullMethodName:    {withSession, shortLimit},

	holdMethod: {fromNode, longLimit},

	coffrev1.PrintService_PrintConsent_FullMethodName:   {withSession, shortLimit},
	coffrev1.PrintService_PrintJournal_FullMethodName:   {withSession, shortLimit},
	coffrev1.PrintService_PrintDeparture_FullMethodName: {withSession, shortLimit},
	coffrev1.PrintService_PrintLetter_FullMethodName:    {withSession, shortLimit},
	coffrev1.PrintService_PrintBring_FullMethodName:     {withSession, shortLimit},
	coffrev1.PrintService_ListNotices_FullMethodName:    {withSession, shortLimit},
	coffrev1.PrintService_CheckPage_FullMethodName:      {public, shortLimit}, // for whoever holds the paper

	healthpb.Health_Check_FullMethodName: {public, shortLimit},
	healthpb.Health_List_FullMethodName:  {public, shortLimit},
	healthpb.Health_Watch_FullMethodName: {public, longLimit},

	reflectionpb.ServerReflection_ServerReflectionInfo_FullMethodName:      {public, longLimit},
	reflectionalphapb.ServerReflection_ServerReflectionInfo_FullMethodName: {public, longLimit},
}

// checkAccess refuses a method without a row.
func checkAccess(services map[string]grpc.ServiceInfo) error {
	for name, s := range services {
		for _, m := range s.Methods {
			if method := "/" + name + "/" + m.Name; access[method].need == 0 {
				return fmt.Errorf("rpc: %s has no row in the access table", method)
			}
		}
	}
	return nil
}
