package keeper

import (
	"context"
	"strconv"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/workshop"
)

// NoteAttendance notes whether the person was at a session. See
// [vault.WorkshopKeeper].
func (k *Keeper) NoteAttendance(ctx context.Context, who session.Principal, act vault.NoteAttendance) error {
	note := detail{Cycle: act.Cycle.String(), Code: act.Attendance.String()}
	body := mac([]byte("coffre/note-attendance/v1"), act.Safe.String(), act.Cycle.String(), strconv.Itoa(act.Session),
		act.Attendance.String(), act.Elsewhere.String())
	return k.noteWorkshop(ctx, who, act.Request, act.Safe, act.Cycle, note, body, func(c cycleFacts, p workshop.Participation) (workshop.Participation, error) {
		var other workshop.Other
		if !act.Elsewhere.IsZero() {
			there, ok := k.cycle(act.Elsewhere)
			if !ok || there.structure != c.structure || there.id == c.id {
				return p, workshop.ErrElsewhere
			}
			if other = (workshop.Other{ID: act.Elsewhere, Cycle: there.record.plan}); !there.ended.IsZero() {
				other.Cycle = other.Cycle.EndedOn(today(there.ended))
			}
		}
		return p.Mark(c.record.plan, act.Session, act.Attendance, other, today(k.now()))
	})
}

// NoteProgress notes how far the person is. See [vault.WorkshopKeeper].
func (k *Keeper) NoteProgress(ctx context.Context, who session.Principal, act vault.NoteProgress) error {
	p := act.Progress
	note := detail{Cycle: act.Cycle.String(), Code: codeProgress}
	body := mac([]byte("coffre/note-progress/v1"), act.Safe.String(), act.Cycle.String(),
		number(uint64(p.Sorted)), number(uint64(p.Filed)), number(uint64(p.Thrown)), number(uint64(p.Memos)), strconv.FormatBool(p.LoginTested))
	return k.noteWorkshop(ctx, who, act.Request, act.Safe, act.Cycle, note, body, func(_ cycleFacts, one workshop.Participation) (workshop.Participation, error) {
		one.Progress = p
		return one, p.Check()
	})
}

// codeProgress is what the trail says of a progress that was noted, beside the
// words of attendances: never the numbers.
const codeProgress = "progress"

// noteWorkshop changes what is known of a person's part, by who leads their
// cycle.
func (k *Keeper) noteWorkshop(ctx context.Context, who session.Principal, id vault.RequestID, safe vault.SafeID, cycle vault.CycleID, note detail, body [32]byte,
	change func(cycleFacts, workshop.Participation) (workshop.Participation, error),
) error {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActNoteWorkshop, safe: safe, note: note})
	if err != nil {
		return err
	}
	return k.editRecord(ctx, w, id, body, func(r *serviceRecord) error {
		c, takes := k.takesPart(*r)
		if !takes || c.id != cycle || c.leader != w.standing.Agent.ID {
			return vault.ErrNotFound
		}
		after, err := change(c, r.cycle.part)
		if err != nil {
			return refusedWorkshop(err)
		}
		r.cycle.part = after
		return nil
	})
}
