package workshop

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/vault/papers"
)

func on(t *testing.T, s string) papers.Day {
	t.Helper()
	d, err := papers.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// four is a cycle of four sessions, one a week.
func four(t *testing.T) Cycle {
	t.Helper()
	c := Cycle{Label: "Forma'tri", Place: "Maison fictive", First: on(t, "2027-01-04"), Last: on(t, "2027-01-29")}
	for i, day := range []string{"2027-01-04", "2027-01-11", "2027-01-18", "2027-01-25"} {
		c.Sessions = append(c.Sessions, Session{Theme: Themes()[i], Day: on(t, day)})
	}
	return c
}

func edited(c Cycle, edit func(*Cycle)) Cycle {
	c.Sessions = append([]Session(nil), c.Sessions...)
	edit(&c)
	return c
}

func TestWhatAPlanMayBe(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(*Cycle)
		want error
	}{
		"four sessions":      {func(*Cycle) {}, nil},
		"no label":           {func(c *Cycle) { c.Label = "" }, ErrLabel},
		"two lines":          {func(c *Cycle) { c.Label = "a\nb" }, ErrLabel},
		"too long a label":   {func(c *Cycle) { c.Label = strings.Repeat("é", MaxLabel+1) }, ErrLabel},
		"no place":           {func(c *Cycle) { c.Place = "" }, ErrPlace},
		"ends before":        {func(c *Cycle) { c.Last = on(t, "2027-01-03") }, ErrDays},
		"182 days":           {func(c *Cycle) { c.Last = c.First.Add(papers.Days(MaxDays)) }, nil},
		"183 days":           {func(c *Cycle) { c.Last = c.First.Add(papers.Days(MaxDays + 1)) }, ErrDays},
		"no session":         {func(c *Cycle) { c.Sessions = nil }, ErrSessions},
		"a session outside":  {func(c *Cycle) { c.Sessions[3].Day = on(t, "2027-01-30") }, ErrDays},
		"no theme":           {func(c *Cycle) { c.Sessions[0].Theme = 0 }, ErrTheme},
		"one is interrupted": {func(c *Cycle) { c.Sessions[3].Day = papers.Day{} }, nil},
	} {
		if err := edited(four(t), c.edit).Check(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if err := edited(four(t), func(c *Cycle) { c.Sessions[0].Day = papers.Day{} }).Opens(on(t, "2027-01-01")); !errors.Is(err, ErrDays) {
		t.Errorf("opened with an interrupted session: %v", err)
	}
}

// Interrupted and resumed; a cycle that is over stays so.
func TestWhatMayFollowAPlan(t *testing.T) {
	t.Parallel()
	old := four(t)
	for name, c := range map[string]struct {
		today string
		edit  func(*Cycle)
		want  error
	}{
		"moved":             {"2027-01-12", func(c *Cycle) { c.Sessions[2].Day = on(t, "2027-01-20") }, nil},
		"longer":            {"2027-01-29", func(c *Cycle) { c.Last = on(t, "2027-03-01") }, nil},
		"after its end":     {"2027-01-30", func(c *Cycle) { c.Last = on(t, "2027-03-01") }, ErrOver},
		"over by it":        {"2027-01-28", func(c *Cycle) { c.Last, c.Sessions[3].Day = on(t, "2027-01-27"), papers.Day{} }, ErrDays},
		"a session less":    {"2027-01-12", func(c *Cycle) { c.Sessions = c.Sessions[:3] }, ErrSessions},
		"another theme":     {"2027-01-12", func(c *Cycle) { c.Sessions[1].Theme = ThemeOther }, ErrTheme},
		"a plan that is no": {"2027-01-12", func(c *Cycle) { c.Label = "" }, ErrLabel},
	} {
		if err := edited(old, c.edit).Follows(old, on(t, c.today)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if got, want := old.End(time.UTC), time.Date(2027, 1, 30, 0, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("it ends at %v, want %v", got, want)
	}
}

func TestWhatMayBeMarked(t *testing.T) {
	t.Parallel()
	c, today := four(t), on(t, "2027-01-12")
	other := Other{ID: [16]byte{1}, Cycle: edited(four(t), func(c *Cycle) { c.Sessions[2].Day = on(t, "2027-01-12") })}
	joined := Join(c, Participation{}, time.Unix(1, 0))
	for name, x := range map[string]struct {
		n     int
		a     Attendance
		other Other
		want  error
	}{
		"invited to come":           {4, AttendanceInvited, Other{}, nil},
		"came":                      {2, AttendanceCame, Other{}, nil},
		"missed":                    {1, AttendanceMissed, Other{}, nil},
		"came tomorrow":             {3, AttendanceCame, Other{}, ErrNotHeld},
		"missed tomorrow":           {3, AttendanceMissed, Other{}, ErrNotHeld},
		"caught up":                 {3, AttendanceCaughtUp, other, nil},
		"caught up where it is not": {4, AttendanceCaughtUp, other, ErrElsewhere},
		"caught up nowhere":         {1, AttendanceCaughtUp, Other{}, ErrElsewhere},
		"came elsewhere":            {1, AttendanceCame, other, ErrElsewhere},
		"no attendance":             {1, AttendanceNone, Other{}, ErrAttendance},
		"session 0":                 {0, AttendanceCame, Other{}, ErrSession},
		"session 5":                 {5, AttendanceCame, Other{}, ErrSession},
	} {
		got, err := joined.Mark(c, x.n, x.a, x.other, today)
		if !errors.Is(err, x.want) || err == nil && got.Marks[x.n-1].Attendance != x.a {
			t.Errorf("%s: %+v %v, want %v", name, got.Marks, err, x.want)
		}
		if joined.Marks[0] != (Mark{}) {
			t.Fatalf("%s: what was before is changed", name)
		}
	}
	came, err := joined.Mark(c, 1, AttendanceCame, Other{}, today)
	if err != nil || len(came.Days()) != 1 || came.Days()[0] != on(t, "2027-01-04") {
		t.Errorf("days %v: %v", came.Days(), err)
	}
	for name, a := range map[string]Attendance{"invited after all": AttendanceInvited, "caught up": AttendanceCaughtUp} {
		with := Other{}
		if a == AttendanceCaughtUp {
			with = other
		}
		if _, err := came.Mark(c, 1, a, with, today); !errors.Is(err, ErrAttendance) {
			t.Errorf("came, then %s: %v", name, err)
		}
	}
	if _, err := came.Leave(time.Unix(2, 0)).Mark(c, 2, AttendanceCame, Other{}, today); !errors.Is(err, ErrLeft) {
		t.Errorf("who left is marked: %v", err)
	}
	if _, err := came.HandOver(time.Unix(2, 0)).Mark(c, 2, AttendanceCame, Other{}, today); !errors.Is(err, ErrLeft) {
		t.Errorf("whose safe was handed over is marked: %v", err)
	}
	if back := Join(c, came.Leave(time.Unix(2, 0)), time.Unix(3, 0)); !back.Part() || back.Marks[0].Attendance != AttendanceCame {
		t.Errorf("who comes back: %+v", back)
	}
}

// A session planned after the end of its cycle was not held.
func TestWhatAnEndedCycleHeld(t *testing.T) {
	t.Parallel()
	c := four(t)
	ended := c.EndedOn(on(t, "2027-01-11"))
	today := on(t, "2027-01-29")
	for theme, held := range map[Theme]bool{ThemeSort: true, ThemeFile: true, ThemeThrow: false, ThemePassport: false} {
		if _, is := ended.Has(theme, today); is != held {
			t.Errorf("%v: held %v", theme, is)
		}
		if _, is := c.Has(theme, today); !is {
			t.Errorf("%v: the plan itself changed", theme)
		}
	}
}

func TestWhatIsKnownIsForgotten(t *testing.T) {
	t.Parallel()
	end := time.Unix(1e9, 0)
	if Forgotten(end, end.Add(KeptFor-time.Second)) || !Forgotten(end, end.Add(KeptFor)) || Forgotten(time.Time{}, end) {
		t.Error("it is kept for another time than said")
	}
	if err := (Progress{Sorted: MaxCount}).Check(); err != nil {
		t.Error(err)
	}
	if err := (Progress{Memos: MaxCount + 1}).Check(); !errors.Is(err, ErrProgress) {
		t.Errorf("too many: %v", err)
	}
}

func FuzzParseTheme(f *testing.F) {
	for _, theme := range Themes() {
		f.Add(theme.String())
	}
	f.Fuzz(func(t *testing.T, s string) {
		if theme, err := ParseTheme(s); err == nil && theme.String() != s {
			t.Errorf("%q is read as %v", s, theme)
		}
	})
}
