package directory

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// ErrBirth is wrapped when a text is not a birth date as an identity paper has
// it.
var ErrBirth = errors.New("not a birth date as written")

// The years a birth date may name.
const (
	firstYear = 1880
	lastYear  = 2199
)

// CheckBirth accepts a birth date as it is written on an identity paper:
// YYYY-MM-DD, where the day, or day and month, are 00 when the paper leaves them
// out. The error wraps [ErrBirth] and does not repeat the text.
func CheckBirth(s string) error {
	if len(s) != len("2006-01-02") || s[4] != '-' || s[7] != '-' {
		return fmt.Errorf("%w: %d characters", ErrBirth, len(s))
	}
	year, err := part(s[:4])
	if err != nil {
		return err
	}
	month, err := part(s[5:7])
	if err != nil {
		return err
	}
	day, err := part(s[8:])
	if err != nil {
		return err
	}
	switch {
	case year < firstYear || year > lastYear:
		return fmt.Errorf("%w: the year", ErrBirth)
	case month == 0 && day != 0:
		return fmt.Errorf("%w: a day without a month", ErrBirth)
	case month == 0 || day == 0 && month <= 12:
		return nil
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return fmt.Errorf("%w: no such day", ErrBirth)
	}
	return nil
}

func part(s string) (int, error) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, fmt.Errorf("%w: not digits", ErrBirth)
		}
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrBirth, err)
	}
	return n, nil
}
