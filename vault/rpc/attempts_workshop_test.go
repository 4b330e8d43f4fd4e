package rpc_test

import (
	"context"
	"time"

	"google.golang.org/grpc"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// fourSessions is a plan that begins today.
func fourSessions() *coffrev1.CyclePlan {
	day := func(n int) *string { return new(time.Now().AddDate(0, 0, n).Format(time.DateOnly)) }
	plan := coffrev1.CyclePlan_builder{Label: new("Forma'tri fictif"), Place: new("Maison fictive"), FirstDay: day(0), LastDay: day(28)}
	for i, theme := range []coffrev1.WorkshopTheme{
		coffrev1.WorkshopTheme_WORKSHOP_THEME_SORT, coffrev1.WorkshopTheme_WORKSHOP_THEME_FILE,
		coffrev1.WorkshopTheme_WORKSHOP_THEME_THROW, coffrev1.WorkshopTheme_WORKSHOP_THEME_PASSPORT,
	} {
		plan.Sessions = append(plan.Sessions, coffrev1.WorkshopSession_builder{Theme: &theme, Day: day(7 * i)}.Build())
	}
	return plan.Build()
}

// workshopAttempts are those of cycles of workshops.
var workshopAttempts = map[string]attempt{
	coffrev1.WorkshopService_OpenCycle_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, _ ids) error {
		return call(ctx, coffrev1.NewWorkshopServiceClient(conn).OpenCycle, coffrev1.OpenCycleRequest_builder{RequestId: requestID(), Plan: fourSessions()}.Build())
	}},
	coffrev1.WorkshopService_ChangeCycle_FullMethodName: {onCycle, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewWorkshopServiceClient(conn).ChangeCycle, coffrev1.ChangeCycleRequest_builder{RequestId: requestID(), Cycle: &x.cycle, Plan: fourSessions()}.Build())
	}},
	coffrev1.WorkshopService_ChangeLeader_FullMethodName: {onCycle | onAgent, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewWorkshopServiceClient(conn).ChangeLeader, coffrev1.ChangeLeaderRequest_builder{RequestId: requestID(), Cycle: &x.cycle, Leader: &x.agent}.Build())
	}},
	coffrev1.WorkshopService_EndCycle_FullMethodName: {onCycle, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewWorkshopServiceClient(conn).EndCycle, coffrev1.EndCycleRequest_builder{RequestId: requestID(), Cycle: &x.cycle}.Build())
	}},
	coffrev1.WorkshopService_ListCycles_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, _ ids) error {
		return call(ctx, coffrev1.NewWorkshopServiceClient(conn).ListCycles, &coffrev1.ListCyclesRequest{})
	}},
	coffrev1.WorkshopService_ListParticipants_FullMethodName: {onCycle, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewWorkshopServiceClient(conn).ListParticipants, coffrev1.ListParticipantsRequest_builder{Cycle: &x.cycle}.Build())
	}},
	coffrev1.WorkshopService_JoinCycle_FullMethodName: {onSafe | onCycle, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewWorkshopServiceClient(conn).JoinCycle, coffrev1.JoinCycleRequest_builder{
			RequestId: requestID(), Safe: &x.safe, Cycle: &x.cycle, Word: new(coffrev1.Word_WORD_PRESENT),
		}.Build())
	}},
	coffrev1.WorkshopService_LeaveCycle_FullMethodName: {onSafe | onCycle, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewWorkshopServiceClient(conn).LeaveCycle, coffrev1.LeaveCycleRequest_builder{
			RequestId: requestID(), Safe: &x.safe, Cycle: &x.cycle, Word: new(coffrev1.Word_WORD_PRESENT),
		}.Build())
	}},
	coffrev1.WorkshopService_NoteAttendance_FullMethodName: {onSafe | onCycle, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewWorkshopServiceClient(conn).NoteAttendance, coffrev1.NoteAttendanceRequest_builder{
			RequestId: requestID(), Safe: &x.safe, Cycle: &x.cycle, Session: new(int32(1)), Attendance: new(coffrev1.Attendance_ATTENDANCE_CAME),
		}.Build())
	}},
	coffrev1.WorkshopService_NoteProgress_FullMethodName: {onSafe | onCycle, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewWorkshopServiceClient(conn).NoteProgress, coffrev1.NoteProgressRequest_builder{
			RequestId: requestID(), Safe: &x.safe, Cycle: &x.cycle, Progress: coffrev1.WorkshopProgress_builder{Sorted: new(int32(3))}.Build(),
		}.Build())
	}},
	coffrev1.WorkshopService_GetParticipation_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewWorkshopServiceClient(conn).GetParticipation, coffrev1.GetParticipationRequest_builder{Safe: &x.safe}.Build())
	}},
	coffrev1.WorkshopService_PrintCertificate_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewWorkshopServiceClient(conn).PrintCertificate, coffrev1.PrintCertificateRequest_builder{Safe: &x.safe}.Build())
	}},
}
