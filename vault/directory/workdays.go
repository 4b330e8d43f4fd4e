package directory

import "time"

// AfterWorkingDays is the same hour n working days after t, in t's zone: the days
// on which a French public body is open. Saturdays, Sundays and the holidays of
// Code du travail L3133-1 are none.
func AfterWorkingDays(t time.Time, n int) time.Time {
	for n > 0 {
		if t = t.AddDate(0, 0, 1); working(t) {
			n--
		}
	}
	return t
}

func working(t time.Time) bool {
	if t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
		return false
	}
	year, month, day := t.Date()
	switch [2]int{int(month), day} {
	case [2]int{1, 1}, [2]int{5, 1}, [2]int{5, 8}, [2]int{7, 14}, [2]int{8, 15}, [2]int{11, 1}, [2]int{11, 11}, [2]int{12, 25}:
		return false
	}
	easter := easterOf(year)
	for _, after := range []int{1, 39, 50} { // Easter Monday, Ascension, Whit Monday
		if m, d := monthDay(easter.AddDate(0, 0, after)); m == month && d == day {
			return false
		}
	}
	return true
}

func monthDay(t time.Time) (time.Month, int) {
	_, m, d := t.Date()
	return m, d
}

// easterOf is Easter Sunday of a year in the Gregorian calendar, by the anonymous
// algorithm that Meeus gives (Astronomical Algorithms, chapter 8).
func easterOf(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 19*l) / 433
	n := (h + l - 7*m + 90) / 25
	return time.Date(year, time.Month(n), (h+l-7*m+33*n+19)%32, 0, 0, 0, 0, time.UTC)
}
