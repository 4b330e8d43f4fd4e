package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
)

// A site is something that is served over HTTP beside the API: the local
// provider, or the operator's socket. A nil site is none.
type site struct {
	http *http.Server
	lis  net.Listener
}

func (s *site) serve() error {
	if err := s.http.Serve(s.lis); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("%s: %w", s.lis.Addr(), err)
	}
	return nil
}

func (s *site) stop(ctx context.Context) error {
	if s == nil {
		return nil
	}
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	if errors.Is(err, net.ErrClosed) { // it never served
		err = nil
	}
	if cerr := s.lis.Close(); cerr != nil && !errors.Is(cerr, net.ErrClosed) {
		err = errors.Join(err, cerr)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.lis.Addr(), err)
	}
	return nil
}
