package directory

import (
	"errors"
	"time"

	"github.com/coffre-fort/coffre/vault"
)

// CivicServiceMonths is how long the function of a volontaire en service civique
// lasts at most: the engagements that structures offer end by then, and with
// them every right.
const CivicServiceMonths = 9

// The rules of an agent's end date. Each says what is wrong.
var (
	ErrNoEnd       = errors.New("an end date is mandatory")
	ErrPastEnd     = errors.New("the end date is over")
	ErrFarEnd      = errors.New("the end date is too far away")
	ErrCivicEnd    = errors.New("a civic-service function lasts nine months at most")
	ErrNoFunctions = errors.New("no function")
)

// A Tenure is for how long somebody has which functions.
type Tenure struct {
	Functions vault.FunctionSet
	// CivicSince is when the civic-service function was given; a later renewal
	// does not begin it anew.
	CivicSince time.Time
	Until      time.Time // exclusive
}

// Check says whether functions may be given like that at an instant.
func (t Tenure) Check(now time.Time) error {
	known := vault.NewFunctionSet(vault.Functions()...)
	switch {
	case t.Functions == 0 || t.Functions&^known != 0:
		return ErrNoFunctions
	case t.Until.IsZero():
		return ErrNoEnd
	case !t.Until.After(now):
		return ErrPastEnd
	case t.Until.After(now.Add(vault.MaxTenure)):
		return ErrFarEnd
	case t.Functions.Has(vault.FunctionCivicService) && t.Until.After(endOfDay(t.CivicSince.AddDate(0, CivicServiceMonths, 0))):
		return ErrCivicEnd
	}
	return nil
}

// endOfDay lets an end that is a day's last instant stand on the last day,
// wherever in the world that day is counted.
func endOfDay(t time.Time) time.Time { return t.Add(24 * time.Hour) }

// Dormant reports whether somebody last seen on a day is suspended at an
// instant, for want of use.
func Dormant(lastUse, now time.Time) bool { return !now.Before(lastUse.Add(vault.AgentIdle)) }

// Day is the day of an instant, in UTC: how exactly a last use is known.
func Day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
