package rpc

import (
	"errors"
	"fmt"
	"strconv"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"

	"github.com/coffre-fort/coffre/vault"
)

// An answeredError is what the keeper's server answered: its words, its facts,
// its request id. A node passes it on as it is.
type answeredError struct{ st *status.Status }

// Error says the code and the words for programmers, which are constants.
func (e *answeredError) Error() string {
	id := "unknown"
	for _, d := range e.st.Details() {
		if r, ok := d.(*errdetails.RequestInfo); ok {
			id = r.GetRequestId()
		}
	}
	return "the keeper answered request " + id + ": " + e.st.Err().Error()
}

// FromKeeper reads the error of a call to the keeper's server, for whoever called
// it to return. One that the server answered keeps its answer; where none came it
// wraps [vault.ErrKeeper], or is what became of this call itself.
func FromKeeper(err error) error {
	st := status.Convert(err)
	switch {
	case err == nil:
		return nil
	case infoOf(st.Details()) != nil:
		return &answeredError{st: st}
	case st.Code() == codes.Unavailable:
		return fmt.Errorf("%w: %w", vault.ErrKeeper, err)
	default:
		return fmt.Errorf("keeper: %w", err)
	}
}

func infoOf(details []any) *errdetails.ErrorInfo {
	for _, d := range details {
		if info, ok := d.(*errdetails.ErrorInfo); ok && info.GetDomain() == domain {
			return info
		}
	}
	return nil
}

// passedOn is the keeper's own answer, where err holds one and nothing that this
// process found comes before it. In a batch it says which document it was.
func passedOn(err error) (*status.Status, bool) {
	e, ok := errors.AsType[*answeredError](err)
	if !ok || rowOf(err).reason != internal {
		return nil, false
	}
	d, ok := errors.AsType[*documentError](err)
	if !ok {
		return e.st, true
	}
	details := e.st.Details()
	info := infoOf(details)
	if info.Metadata == nil {
		info.Metadata = map[string]string{}
	}
	info.Metadata["document"] = strconv.Itoa(d.number)
	var again []protoadapt.MessageV1
	for _, one := range details {
		if m, ok := one.(protoadapt.MessageV1); ok {
			again = append(again, m)
		}
	}
	full, err := status.New(e.st.Code(), e.st.Message()).WithDetails(again...)
	if err != nil {
		return e.st, true // only a detail that does not marshal, and these came marshalled
	}
	return full, true
}
