package rpc

import (
	"context"
	"errors"
	"strconv"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

// domain is the ErrorInfo domain of every error of this API (AIP-193).
const domain = "coffre"

// A row says how one error is answered.
type row struct {
	err    error
	code   codes.Code
	reason string // ErrorInfo: stable, for programs
	text   texts.Problem
	retry  time.Duration // RetryInfo: ask again, but not sooner; 0 is none
	quota  string        // QuotaFailure: the subject of a limit; empty is none
}

// How long to wait before asking again.
const (
	soon  = 2 * time.Second  // a store that hiccups
	later = 60 * time.Second // what a person has to mend, or should think over
)

// table is the only place where an error becomes an answer. The first row that
// fits counts: an error may carry two, such as a refused content and a trail
// that then failed, and what the caller did comes before what befell us. What
// has no row is internal.
var table = [...]row{
	// What was sent. The first row is every [vault.InvalidError].
	{err: &vault.InvalidError{}, code: codes.InvalidArgument, reason: "INVALID_REQUEST", text: texts.NotUnderstood},
	{err: vault.ErrFunction, code: codes.InvalidArgument, reason: "INVALID_REQUEST", text: texts.NotUnderstood},
	{err: vault.ErrPINForm, code: codes.InvalidArgument, reason: "INVALID_REQUEST", text: texts.NotUnderstood},
	{err: vault.ErrID, code: codes.InvalidArgument, reason: "INVALID_REQUEST", text: texts.NotUnderstood},
	{err: vault.ErrPageToken, code: codes.InvalidArgument, reason: "PAGE_TOKEN_INVALID", text: texts.PageOver},
	{err: vault.ErrEmpty, code: codes.InvalidArgument, reason: "DOCUMENT_EMPTY", text: texts.Empty},
	{err: vault.ErrTooLarge, code: codes.ResourceExhausted, reason: "DOCUMENT_TOO_LARGE", text: texts.TooLarge, quota: "document"},
	{err: vault.ErrMediaType, code: codes.InvalidArgument, reason: "MEDIA_TYPE_REFUSED", text: texts.WrongType},
	{err: vault.ErrDigest, code: codes.InvalidArgument, reason: "DIGEST_MISMATCH", text: texts.Damaged},
	{err: vault.ErrSize, code: codes.InvalidArgument, reason: "SIZE_MISMATCH", text: texts.WrongSize},
	{err: vault.ErrConflict, code: codes.AlreadyExists, reason: "REQUEST_ID_REUSED", text: texts.RequestReused},
	{err: vault.ErrTextChanged, code: codes.Aborted, reason: "TEXT_CHANGED", text: texts.TextChanged},

	// Who asks. The special cases wrap auth.ErrUnauthenticated.
	{err: session.ErrClock, code: codes.Unauthenticated, reason: "CLIENT_CLOCK", text: texts.DeviceClock},
	{err: session.ErrLogin, code: codes.Unauthenticated, reason: "LOGIN_REFUSED", text: texts.LoginRefused},
	{err: errLogin, code: codes.Unauthenticated, reason: "LOGIN_REFUSED", text: texts.LoginRefused},
	{err: auth.ErrUnauthenticated, code: codes.Unauthenticated, reason: "SESSION_INVALID", text: texts.NoSession},

	// What they may.
	{err: vault.ErrNotFound, code: codes.NotFound, reason: "NOT_FOUND", text: texts.NotFound},
	{err: vault.ErrLocked, code: codes.FailedPrecondition, reason: "SAFE_LOCKED", text: texts.Locked},
	{err: vault.ErrDenied, code: codes.PermissionDenied, reason: "NOT_ALLOWED", text: texts.NotAllowed},
	{err: vault.ErrCode, code: codes.PermissionDenied, reason: "CODE_REFUSED", text: texts.WrongCode},
	{err: vault.ErrTooManyGuesses, code: codes.ResourceExhausted, reason: "TOO_MANY_GUESSES", text: texts.TooManyGuesses, retry: later},
	{err: vault.ErrPIN, code: codes.PermissionDenied, reason: "PIN_REFUSED", text: texts.WrongPIN},
	{err: vault.ErrPINBlocked, code: codes.FailedPrecondition, reason: "PIN_BLOCKED", text: texts.PINBlocked},
	{err: vault.ErrNeedsSheet, code: codes.FailedPrecondition, reason: "SHEET_NEEDED", text: texts.NeedsSheet},
	{err: vault.ErrFrozen, code: codes.FailedPrecondition, reason: "SAFE_FROZEN", text: texts.Frozen},
	{err: vault.ErrPresence, code: codes.FailedPrecondition, reason: "PRESENCE_NEEDED", text: texts.PersonAbsent},
	{err: vault.ErrNotYet, code: codes.PermissionDenied, reason: "CONSENT_NOT_YET", text: texts.NotYet},
	{err: &vault.EndedError{}, code: codes.PermissionDenied, reason: "CONSENT_ENDED", text: texts.AccordOver},
	{err: vault.ErrSecondFactor, code: codes.PermissionDenied, reason: "SECOND_FACTOR_NEEDED", text: texts.SecondFactor},
	{err: vault.ErrStepUp, code: codes.FailedPrecondition, reason: "STEP_UP_NEEDED", text: texts.StepUp},
	{err: vault.ErrSuspended, code: codes.PermissionDenied, reason: "AGENT_SUSPENDED", text: texts.Suspended},
	{err: vault.ErrLastManager, code: codes.FailedPrecondition, reason: "LAST_MANAGER", text: texts.LastManager},
	{err: vault.ErrApprover, code: codes.PermissionDenied, reason: "APPROVER_REFUSED", text: texts.OtherApprover},
	{err: &vault.ApprovalError{}, code: codes.FailedPrecondition, reason: "APPROVAL_NEEDED", text: texts.AwaitsApproval},
	{err: vault.ErrTakesPart, code: codes.FailedPrecondition, reason: "TAKES_PART", text: texts.TakesPart},
	{err: vault.ErrTaken, code: codes.FailedPrecondition, reason: "RELAY_TAKEN", text: texts.RelayTaken},
	{err: vault.ErrLimit, code: codes.ResourceExhausted, reason: "LIMIT_REACHED", text: texts.LimitReached, retry: later, quota: "agent"},
	{err: vault.ErrFull, code: codes.ResourceExhausted, reason: "SAFE_FULL", text: texts.SafeFull, quota: "safe"},
	{err: vault.ErrNoRoom, code: codes.FailedPrecondition, reason: "NOT_TAKEN", text: texts.NotTaken},
	{err: vault.ErrKitWaits, code: codes.FailedPrecondition, reason: "KIT_WAITS", text: texts.KitWaiting},
	{err: vault.ErrKitClosed, code: codes.FailedPrecondition, reason: "KIT_CLOSED", text: texts.KitNotBegun},
	{err: vault.ErrKitFirst, code: codes.FailedPrecondition, reason: "KIT_FIRST", text: texts.KitBefore},
	{err: vault.ErrDiscreet, code: codes.FailedPrecondition, reason: "SAFE_DISCREET", text: texts.Discreet},
	{err: vault.ErrHosting, code: codes.FailedPrecondition, reason: "HEALTH_HOSTING", text: texts.HealthHosting},
	{err: vault.ErrViewed, code: codes.FailedPrecondition, reason: "VIEWED", text: texts.Viewed},
	{err: vault.ErrMemo, code: codes.FailedPrecondition, reason: "MEMO", text: texts.IsMemo},
	{err: vault.ErrSheetGone, code: codes.FailedPrecondition, reason: "SHEET_GONE", text: texts.SheetGone},
	{err: vault.ErrTicket, code: codes.Aborted, reason: "TOO_SLOW", text: texts.TooSlow},

	// What befell us.
	{err: vault.ErrTampered, code: codes.DataLoss, reason: "OBJECT_ALTERED", text: texts.Altered},
	{err: vault.ErrTrail, code: codes.Unavailable, reason: "TRAIL_UNAVAILABLE", text: texts.TrailDown, retry: later},
	{err: vault.ErrClock, code: codes.Unavailable, reason: "CLOCK_UNBELIEVABLE", text: texts.ServiceClock, retry: later},
	{err: vault.ErrUnavailable, code: codes.Unavailable, reason: "STORE_UNAVAILABLE", text: texts.Unavailable, retry: soon},
	{err: vault.ErrKeeper, code: codes.Unavailable, reason: "KEEPER_UNAVAILABLE", text: texts.Unavailable, retry: soon},
	{err: vault.ErrNodeVersion, code: codes.Unavailable, reason: "NODE_VERSION", text: texts.Unavailable, retry: later},
	{err: vault.ErrNodeRealm, code: codes.Unavailable, reason: "NODE_REALM", text: texts.Unavailable, retry: later},
	{err: auth.ErrIssuerUnavailable, code: codes.Unavailable, reason: "ISSUER_UNAVAILABLE", text: texts.LoginDown, retry: soon},
	{err: session.ErrBusy, code: codes.Unavailable, reason: "BUSY", text: texts.Busy, retry: soon},
	{err: session.ErrClosed, code: codes.Unavailable, reason: "STOPPING", text: texts.Unavailable, retry: soon},
	{err: context.Canceled, code: codes.Canceled, reason: "CANCELED", text: texts.Stopped},
	{err: context.DeadlineExceeded, code: codes.DeadlineExceeded, reason: "DEADLINE_EXCEEDED", text: texts.TooSlow},
}

// What gRPC itself says when a stream is read or written. It has told the
// caller already, in its own words; here the line in the log gets its code.
var transportRows = map[codes.Code]row{
	codes.Canceled:          {err: context.Canceled, code: codes.Canceled, reason: "CANCELED", text: texts.Stopped},
	codes.DeadlineExceeded:  {err: context.DeadlineExceeded, code: codes.DeadlineExceeded, reason: "DEADLINE_EXCEEDED", text: texts.TooSlow},
	codes.ResourceExhausted: {err: errors.New("message too large"), code: codes.ResourceExhausted, reason: "MESSAGE_TOO_LARGE", text: texts.TooLarge, quota: "message"},
}

// errLogin is a login that did not verify, whatever the reason.
var errLogin = errors.New("login refused")

// errInternal is all that a caller reads of an error nobody expected.
var errInternal = errors.New("internal error")

func rowOf(err error) row {
	if e, ok := errors.AsType[*vault.EndedError](err); ok && silent(e.Why) {
		err = vault.ErrNotFound
	}
	for _, r := range table {
		if r.fits(err) {
			return r
		}
	}
	if st, ok := status.FromError(err); ok {
		if r, ok := transportRows[st.Code()]; ok {
			return r
		}
	}
	return row{err: errInternal, code: codes.Internal, reason: internal, text: texts.Unexpected}
}

const internal = "INTERNAL"

// silent are the ends that nobody is told of: for whoever is shut out, and after
// an erasure for everybody, there is nothing there. The keeper knows that too;
// this is the last door.
func silent(why vault.EndReason) bool {
	return why == vault.EndedShutOut || why == vault.EndedErasure
}

// fits reports whether err is answered in this row: the error itself, or any of
// its type where the row holds an empty one.
func (r row) fits(err error) bool {
	switch r.err.(type) { //nolint:errorlint // the row itself
	case *vault.InvalidError:
		_, ok := errors.AsType[*vault.InvalidError](err)
		return ok
	case *vault.EndedError:
		_, ok := errors.AsType[*vault.EndedError](err)
		return ok
	case *vault.ApprovalError:
		_, ok := errors.AsType[*vault.ApprovalError](err)
		return ok
	default:
		return errors.Is(err, r.err)
	}
}

// answerTo is what the caller gets for err: nothing of err itself, which may
// speak of anything, but the words of its row.
func answerTo(err error, request string) *status.Status {
	if err == nil {
		return status.New(codes.OK, "")
	}
	if st, ok := passedOn(err); ok {
		return st
	}
	r := rowOf(err)
	info := &errdetails.ErrorInfo{Reason: r.reason, Domain: domain}
	info.Metadata = facts(err, r)
	details := []protoadapt.MessageV1{
		info,
		&errdetails.LocalizedMessage{Locale: texts.Locale, Message: string(r.text)},
		&errdetails.RequestInfo{RequestId: request},
	}
	if bad := violations(err); bad != nil {
		details = append(details, bad)
	}
	if r.retry > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(r.retry)})
	}
	if r.quota != "" {
		details = append(details, &errdetails.QuotaFailure{Violations: []*errdetails.QuotaFailure_Violation{{Subject: r.quota, Description: r.message()}}})
	}
	bare := status.New(r.code, r.message())
	full, err := bare.WithDetails(details...)
	if err != nil {
		return bare // only a detail that does not marshal, and none is like that
	}
	return full
}

// facts are what a program needs of err to go on. They are ids, codes and times,
// and only those of the row that is answered.
func facts(err error, r row) map[string]string {
	m := map[string]string{}
	if d, ok := errors.AsType[*documentError](err); ok {
		m["document"] = strconv.Itoa(d.number)
	}
	if e, ok := errors.AsType[*vault.EndedError](err); ok && r.reason == "CONSENT_ENDED" {
		m["consent"], m["why"], m["at"] = e.Consent.String(), e.Why.String(), moment(e.At)
	}
	if e, ok := errors.AsType[*vault.ApprovalError](err); ok && r.reason == "APPROVAL_NEEDED" {
		m["approval"] = e.Approval.String()
		if !e.NotBefore.IsZero() {
			m["not_before"] = moment(e.NotBefore)
		}
	}
	return m
}

func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// message is the text for programmers: a constant, never the error at hand.
func (r row) message() string {
	if r.reason == "INVALID_REQUEST" {
		return "invalid request"
	}
	return r.err.Error()
}

func violations(err error) *errdetails.BadRequest {
	var all []*vault.InvalidError
	if many, ok := errors.AsType[invalidFields](err); ok {
		all = many
	} else if one, ok := errors.AsType[*vault.InvalidError](err); ok {
		all = []*vault.InvalidError{one}
	}
	if len(all) == 0 {
		return nil
	}
	bad := &errdetails.BadRequest{}
	for _, v := range all {
		bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{Field: v.Field, Description: v.Rule})
	}
	return bad
}

// A documentError says which document of a batch it was, counted from 1.
type documentError struct {
	number int
	err    error
}

func (e *documentError) Error() string {
	return "document " + strconv.Itoa(e.number) + ": " + e.err.Error()
}
func (e *documentError) Unwrap() error { return e.err }
