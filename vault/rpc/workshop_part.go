package rpc

import (
	"context"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
	"github.com/coffre-fort/coffre/vault/workshop"
)

// plan reads what is planned; what its days and texts may be the keeper's room
// says, for every caller.
func (f *fields) plan(p *coffrev1.CyclePlan) (plan workshop.Cycle) {
	if p == nil {
		f.refuse("plan", texts.RulePlan)
		return plan
	}
	plan = workshop.Cycle{
		Label: p.GetLabel(), Place: p.GetPlace(),
		First: f.day("plan.first_day", p.GetFirstDay()), Last: f.day("plan.last_day", p.GetLastDay()),
	}
	if len(p.GetSessions()) > workshop.MaxSessions {
		f.refuse("plan.sessions", texts.RuleSessions)
		return plan
	}
	for _, s := range p.GetSessions() {
		one := workshop.Session{Theme: themeWords.parse(f, "plan.sessions.theme", s.GetTheme()), Place: s.GetPlace()}
		if s.GetDay() != "" {
			one.Day = f.day("plan.sessions.day", s.GetDay())
		}
		plan.Sessions = append(plan.Sessions, one)
	}
	return plan
}

// day reads a whole day.
func (f *fields) day(field, s string) papers.Day {
	return parsed(f, field, s, texts.RuleDay, papers.ParseDay)
}

func (s *workshopService) NoteAttendance(ctx context.Context, req *coffrev1.NoteAttendanceRequest) (*coffrev1.NoteAttendanceResponse, error) {
	var f fields
	act := vault.NoteAttendance{
		Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()), Cycle: f.cycle("cycle", req.GetCycle()),
		Session: int(req.GetSession()), Attendance: attendanceWords.parse(&f, "attendance", req.GetAttendance()),
	}
	if act.Session < 1 || act.Session > workshop.MaxSessions {
		f.refuse("session", texts.RuleSession)
	}
	if req.GetElsewhere() != "" {
		act.Elsewhere = f.cycle("elsewhere", req.GetElsewhere())
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := s.vault.NoteAttendance(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.NoteAttendanceResponse{}, nil
}

func (s *workshopService) NoteProgress(ctx context.Context, req *coffrev1.NoteProgressRequest) (*coffrev1.NoteProgressResponse, error) {
	var f fields
	act := vault.NoteProgress{
		Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()), Cycle: f.cycle("cycle", req.GetCycle()),
		Progress: f.progress(req.GetProgress()),
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := s.vault.NoteProgress(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.NoteProgressResponse{}, nil
}

// progress reads how far somebody is.
func (f *fields) progress(p *coffrev1.WorkshopProgress) (progress workshop.Progress) {
	if p == nil {
		f.refuse("progress", texts.RuleProgress)
		return progress
	}
	number := func(field string, n int32) uint16 {
		if n < 0 || n > workshop.MaxCount {
			f.refuse(field, texts.RuleProgress)
			return 0
		}
		return uint16(n)
	}
	return workshop.Progress{
		Sorted: number("progress.sorted", p.GetSorted()), Filed: number("progress.filed", p.GetFiled()),
		Thrown: number("progress.thrown", p.GetThrown()), Memos: number("progress.memos", p.GetMemos()), LoginTested: p.GetLoginTested(),
	}
}

func (s *workshopService) ListParticipants(ctx context.Context, req *coffrev1.ListParticipantsRequest) (*coffrev1.ListParticipantsResponse, error) {
	var f fields
	cycle := f.cycle("cycle", req.GetCycle())
	if err := f.err(); err != nil {
		return nil, err
	}
	found, err := s.vault.Participants(ctx, caller(ctx), cycle)
	if err != nil {
		return nil, err
	}
	all := make([]*coffrev1.Participation, len(found))
	for i, one := range found {
		all[i] = participationView(one)
	}
	return coffrev1.ListParticipantsResponse_builder{Participants: all}.Build(), nil
}

func (s *workshopService) GetParticipation(ctx context.Context, req *coffrev1.GetParticipationRequest) (*coffrev1.GetParticipationResponse, error) {
	var f fields
	safe := f.safe(req.GetSafe())
	if err := f.err(); err != nil {
		return nil, err
	}
	own, err := s.vault.Participation(ctx, caller(ctx), safe)
	if err != nil {
		return nil, err
	}
	answer := coffrev1.GetParticipationResponse_builder{Participation: participationView(own)}
	for _, one := range own.Earlier {
		answer.Earlier = append(answer.Earlier, participationView(one))
	}
	return answer.Build(), nil
}

func cycleView(c vault.Cycle) *coffrev1.Cycle {
	plan := coffrev1.CyclePlan_builder{
		Label: &c.Plan.Label, Place: &c.Plan.Place, FirstDay: dayOf(c.Plan.First), LastDay: dayOf(c.Plan.Last),
	}
	for _, s := range c.Plan.Sessions {
		plan.Sessions = append(plan.Sessions, coffrev1.WorkshopSession_builder{
			Theme: new(themeWords.of(s.Theme)), Day: dayOf(s.Day), Place: &s.Place,
		}.Build())
	}
	return coffrev1.Cycle_builder{
		Cycle: named(c.ID), Plan: plan.Build(), Leader: named(c.Leader), LeaderName: &c.LeaderName, EndTime: stamp(c.Ended),
	}.Build()
}

// dayOf writes a day, and nothing for none.
func dayOf(d papers.Day) *string {
	if d.IsZero() {
		return nil
	}
	return new(d.String())
}

func participationView(p vault.Participant) *coffrev1.Participation {
	view := coffrev1.Participation_builder{
		Safe: named(p.Safe), Name: &p.Name, Cycle: cycleView(p.Cycle), JoinTime: stamp(p.Part.Since),
		LeaveTime: stamp(p.Part.Left), HandOverTime: stamp(p.Part.Handed), DeleteTime: stamp(p.Until),
		Progress: progressView(p.Part.Progress),
	}
	for _, m := range p.Part.Marks {
		view.Marks = append(view.Marks, coffrev1.SessionMark_builder{
			Attendance: new(attendanceWords.of(m.Attendance)), Day: dayOf(m.Day), Elsewhere: named(vault.CycleID(m.Elsewhere)),
		}.Build())
	}
	return view.Build()
}

func progressView(p workshop.Progress) *coffrev1.WorkshopProgress {
	return coffrev1.WorkshopProgress_builder{
		Sorted: new(int32(p.Sorted)), Filed: new(int32(p.Filed)), Thrown: new(int32(p.Thrown)), Memos: new(int32(p.Memos)),
		LoginTested: &p.LoginTested,
	}.Build()
}
