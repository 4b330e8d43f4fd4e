package keeper

import (
	"context"
	"log/slog"
	"slices"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

// A due is a day on which something falls due. What it is stands in the safe: the
// service knows a day and a random id, and nothing that two safes share (N15).
type due struct {
	id  vault.DueID
	day papers.Day
}

// Dues answers what falls due by the papers that the caller sees, and keeps the
// days of it. See [vault.PaperKeeper].
func (k *Keeper) Dues(ctx context.Context, who session.Principal, safe vault.SafeID) (vault.Dues, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActDues, safe: safe})
	if err != nil {
		return vault.Dues{}, err
	}
	// What this session did not open yet is opened before the safe waits for it.
	if _, _, err := k.coming(ctx, w); err != nil {
		return vault.Dues{}, w.end(ctx, err, detail{})
	}
	return k.keepDues(ctx, w)
}

// coming is what falls due by what a warrant shows, and whether that is all of
// the safe.
func (k *Keeper) coming(ctx context.Context, w *warrant) (vault.Dues, bool, error) {
	sight, known, err := k.sight(ctx, w)
	if err != nil {
		return vault.Dues{}, false, err
	}
	dues, wanting, err := k.kinds.Dues(known, nil, k.thisDay())
	if err != nil {
		return vault.Dues{}, false, err
	}
	all := vault.Dues{All: dues}
	for _, one := range wanting {
		all.Wanting = append(all.Wanting, vault.WantingDate{Duty: one.Duty, Document: sight.Documents[one.Paper].ID})
	}
	return all, sight.Whole, nil
}

// thisDay is the day where the service is.
func (k *Keeper) thisDay() papers.Day { return papers.DayOf(k.now().In(texts.Metropolitan())) }

// keepDues answers what falls due, keeps the days of it and ends the warrant. All of it is worked out while no other
// act changes the safe: whoever comes last keeps the days of the papers as they are.
func (k *Keeper) keepDues(ctx context.Context, w *warrant) (vault.Dues, error) {
	w.safe.changing.Lock()
	defer w.safe.changing.Unlock()
	all, whole, err := k.coming(ctx, w)
	if err != nil {
		return vault.Dues{}, w.end(ctx, err, detail{})
	}
	if err := k.replaceDues(ctx, w, all, whole); err != nil {
		return vault.Dues{}, err
	}
	return all, nil
}

// replaceDues keeps other days than those that are kept, where they differ, and
// ends the warrant. The caller holds changing.
func (k *Keeper) replaceDues(ctx context.Context, w *warrant, all vault.Dues, whole bool) error {
	record := w.safe.current()
	days := k.daysOf(all, record.dues, whole)
	if sameDays(days, record.dues) {
		return w.endLater(audit.ResultDone, detail{Count: uint64(len(days))})
	}
	if err := w.safe.settled(); err != nil {
		return w.end(ctx, err, detail{})
	}
	record.dues = renamed(days, record.dues)
	c := &change{}
	if err := k.renewService(ctx, w, c, record); err != nil {
		return w.end(ctx, err, detail{})
	}
	w.result.Count = uint64(len(days))
	return k.settle(ctx, w, w.safe, c)
}

// daysOf are the days to keep, soonest first: the first and the last of each. What
// comes on the same days of the year for everybody says nothing of a safe and is
// kept of none. Whoever sees only some papers takes no day away.
func (k *Keeper) daysOf(all vault.Dues, before []due, whole bool) (days []papers.Day) {
	for _, d := range all.All {
		if info, err := k.kinds.DutyInfo(d.Duty); err == nil && len(info.Kinds) > 0 {
			days = append(days, d.From)
			if d.By != d.From {
				days = append(days, d.By)
			}
		}
	}
	if !whole {
		for _, d := range before {
			if i := slices.Index(days, d.day); i >= 0 {
				days = slices.Delete(days, i, i+1)
			}
		}
		for _, d := range before {
			days = append(days, d.day)
		}
	}
	slices.SortFunc(days, papers.Day.Compare)
	return days[:min(len(days), vault.MaxDues)]
}

func sameDays(days []papers.Day, kept []due) bool {
	return slices.EqualFunc(days, kept, func(d papers.Day, k due) bool { return d == k.day })
}

// renamed gives each day an id: the one it had, or a new one.
func renamed(days []papers.Day, before []due) []due {
	before = slices.Clone(before)
	out := make([]due, len(days))
	for n, day := range days {
		out[n] = due{vault.NewDueID(), day}
		if i := slices.IndexFunc(before, func(d due) bool { return d.day == day }); i >= 0 {
			out[n] = before[i]
			before = slices.Delete(before, i, i+1)
		}
	}
	return out
}

// renewDues brings the kept days in line after papers changed, where the caller
// has the whole safe open: elsewhere nobody can tell what falls due, and the days
// stay until somebody can. The act that changed the papers is done: that the days
// are older is told to the log only, and the next list mends it.
func (k *Keeper) renewDues(ctx context.Context, who session.Principal, safe vault.SafeID) {
	o, ok := k.unlocked.get(who.Session(), safe)
	if !ok || o.reach() != vault.ReachAll || ctx.Err() != nil {
		return
	}
	if _, err := k.Dues(ctx, who, safe); err != nil {
		k.log.WarnContext(ctx, "days that fall due were not renewed", slog.Any("error", err))
	}
}

// reminds reports whether something may fall due by a paper so described.
func (k *Keeper) reminds(d vault.Description) bool {
	dated := d.Kind != "" && d.DocumentDate+d.ExpireDate != ""
	return dated && slices.ContainsFunc(k.kinds.Duties(), func(duty papers.DutyInfo) bool { return slices.Contains(duty.Kinds, d.Kind) })
}

// dueSoon are the notices of the days that are near: what falls due on them is
// told in the safe only. A day that passed is told for as long as what happened.
func (k *Keeper) dueSoon(r serviceRecord) (all []vault.Notice) {
	now := k.now()
	for _, d := range r.dues {
		day := d.day.Noon()
		if day.Sub(now) > vault.NoticeBefore || now.Sub(day) > vault.NoticeLife {
			continue
		}
		if n := len(all); n > 0 && all[n-1].Until.Equal(day) {
			continue // one notice a day, however much falls due
		}
		all = append(all, vault.Notice{Kind: vault.NoticeDue, At: day.Add(-vault.NoticeBefore), Until: day})
	}
	return all
}
