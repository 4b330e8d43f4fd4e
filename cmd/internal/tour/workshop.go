package tour

import (
	"context"
	"errors"
	"time"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// workshop: a leader opens a cycle of four; one person misses a session and catches
// it up elsewhere, another drops out, and her consent ends with it. The certificate
// is printed in the person's own session.
func (s *story) workshop(ctx context.Context) (string, error) {
	leader, _, err := s.logIn(ctx, s.cfg.People.Leader)
	if err != nil {
		return "", err
	}
	cycle, err := openCycle(ctx, leader, "Forma'tri fictif")
	if err != nil {
		return "", err
	}
	other, err := openCycle(ctx, leader, "Forma'tri fictif du soir")
	if err != nil {
		return "", err
	}
	for safe, who := range map[string]*client.Client{s.safe: s.owner, s.guest.safe: s.guest.home} {
		_, err := client.Repeat(ctx, who, who.Workshops.JoinCycle, coffrev1.JoinCycleRequest_builder{RequestId: client.NewRequest(), Safe: &safe, Cycle: &cycle}.Build())
		if err != nil {
			return "", err
		}
	}
	if err := s.catchesUp(ctx, leader, cycle, other); err != nil {
		return "", err
	}
	if err := s.dropsOut(ctx, leader, cycle); err != nil {
		return "", err
	}
	made, err := client.Repeat(ctx, s.owner, s.owner.Workshops.PrintCertificate, coffrev1.PrintCertificateRequest_builder{
		Safe: &s.safe, Name: new(personName), Steps: []coffrev1.WorkshopStep{coffrev1.WorkshopStep_WORKSHOP_STEP_SORTED},
	}.Build())
	if err != nil {
		return "", err
	}
	if err := s.page("attestation-"+s.safe, made); err != nil {
		return "", err
	}
	return "in a cycle of four one person missed a session and caught it up in another cycle; one dropped out, and the leader's consent ended with it at once; the certificate was for the person alone", nil
}

// openCycle opens four sessions, the first two of them yesterday.
func openCycle(ctx context.Context, leader *client.Client, label string) (string, error) {
	day := func(n int) *string { return new(time.Now().AddDate(0, 0, n).Format(time.DateOnly)) }
	plan := coffrev1.CyclePlan_builder{Label: &label, Place: new("Maison fictive, salle 2"), FirstDay: day(-1), LastDay: day(30)}
	for i, theme := range []coffrev1.WorkshopTheme{
		coffrev1.WorkshopTheme_WORKSHOP_THEME_SORT, coffrev1.WorkshopTheme_WORKSHOP_THEME_FILE,
		coffrev1.WorkshopTheme_WORKSHOP_THEME_THROW, coffrev1.WorkshopTheme_WORKSHOP_THEME_PASSPORT,
	} {
		plan.Sessions = append(plan.Sessions, coffrev1.WorkshopSession_builder{Theme: &theme, Day: day(i/2*14 - 1)}.Build())
	}
	opened, err := client.Repeat(ctx, leader, leader.Workshops.OpenCycle, coffrev1.OpenCycleRequest_builder{RequestId: client.NewRequest(), Plan: plan.Build()}.Build())
	return opened.GetCycle(), err
}

// catchesUp: the owner was at one session, and did the one they missed elsewhere.
// Nobody but the leader notes and reads it.
func (s *story) catchesUp(ctx context.Context, leader *client.Client, cycle, other string) error {
	note := func(who *client.Client, n int32, a coffrev1.Attendance, elsewhere string) error {
		_, err := client.Repeat(ctx, who, who.Workshops.NoteAttendance, coffrev1.NoteAttendanceRequest_builder{
			RequestId: client.NewRequest(), Safe: &s.safe, Cycle: &cycle, Session: &n, Attendance: &a, Elsewhere: &elsewhere,
		}.Build())
		return err
	}
	if err := errors.Join(
		note(leader, 1, coffrev1.Attendance_ATTENDANCE_CAME, ""),
		note(leader, 2, coffrev1.Attendance_ATTENDANCE_MISSED, ""),
		note(leader, 2, coffrev1.Attendance_ATTENDANCE_CAUGHT_UP, other),
	); err != nil {
		return err
	}
	if err := refusedFor(note(s.colleague, 1, coffrev1.Attendance_ATTENDANCE_MISSED, ""), "NOT_FOUND", "a note by a colleague"); err != nil {
		return err
	}
	_, err := client.Repeat(ctx, leader, leader.Workshops.NoteProgress, coffrev1.NoteProgressRequest_builder{
		RequestId: client.NewRequest(), Safe: &s.safe, Cycle: &cycle, Progress: coffrev1.WorkshopProgress_builder{Sorted: new(int32(40))}.Build(),
	}.Build())
	if err != nil {
		return err
	}
	_, err = client.Repeat(ctx, s.manager, s.manager.Workshops.ListParticipants, coffrev1.ListParticipantsRequest_builder{Cycle: &cycle}.Build())
	return refusedFor(err, "NOT_FOUND", "the participants, by the access manager")
}

// dropsOut: the guest let the leader read within the cycle, and leaves it.
func (s *story) dropsOut(ctx context.Context, leader *client.Client, cycle string) error {
	g := &s.guest
	paper := g.papers[guestBill]
	terms := s.terms(coffrev1.PresenceDemand_PRESENCE_DEMAND_NOT, coffrev1.Replacement_REPLACEMENT_NONE, paper.kind)
	terms.SetAgent(s.cfg.People.Leader.Agent.String())
	terms.SetFunction("workshop-leader")
	terms.SetCycle(cycle)
	shown, err := client.Repeat(ctx, g.home, g.home.Consents.ShowConsent, coffrev1.ShowConsentRequest_builder{Safe: &g.safe, Terms: terms}.Build())
	if err != nil {
		return err
	}
	_, err = client.Repeat(ctx, g.home, g.home.Consents.GiveConsent, coffrev1.GiveConsentRequest_builder{
		RequestId: client.NewRequest(), Safe: &g.safe, Terms: terms, ShownDigest: shown.GetShown().GetDigest(),
		Giving: freely(coffrev1.Method_METHOD_SESSION, ""),
	}.Build())
	if err != nil {
		return err
	}
	if _, err := s.readFrom(ctx, leader, g.safe, paper); err != nil {
		return err
	}
	_, err = client.Repeat(ctx, g.home, g.home.Workshops.LeaveCycle, coffrev1.LeaveCycleRequest_builder{RequestId: client.NewRequest(), Safe: &g.safe, Cycle: &cycle}.Build())
	if err != nil {
		return err
	}
	_, err = s.readFrom(ctx, leader, g.safe, paper)
	return refusedFor(err, "CONSENT_ENDED", "reading after the person left the cycle")
}
