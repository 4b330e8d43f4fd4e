package rpc

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	"github.com/coffre-fort/coffre/auth"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
)

// An Issuer is one place where people can log in, as ListIssuers shows it.
type Issuer struct {
	Name        string // short and stable, such as "local"
	DisplayName string // French
	URL         string // as in the issuer's tokens
	ClientID    string // for a program on the person's device
}

// Reflection says whether the server describes its own API to whoever asks.
// The zero Reflection does not.
type Reflection uint8

// The settings of reflection.
const (
	ReflectionOff Reflection = iota
	ReflectionOn             // for grpcurl and the like; the .proto files are public anyway
)

// Config is what a [Server] works with. Fields are required unless they say so.
type Config struct {
	// Vault carries out what is asked.
	Vault *vault.Vault
	// RelyingParty verifies ID tokens.
	RelyingParty *auth.RelyingParty
	// Issuers are offered in this order. At least one.
	Issuers []Issuer
	// Audience is what partner programs' assertions are made for, as the keeper was
	// told: ListIssuers shows it. Empty where none is accepted.
	Audience string
	// Kinds are the kinds of papers and the drawers accepted.
	Kinds *papers.Catalogue
	// HealthPapers says that papers about somebody's health are taken, as the keeper
	// was told: the catalogue shows it, nothing here enforces it.
	HealthPapers bool
	// PublicURL is where people reach the service: printed pages lead there.
	PublicURL *url.URL
	// TrailMonths is for how long the trail is kept: people are told (CPCE R.55-4).
	TrailMonths int
	// TLS holds the server's certificate; the version is 1.3, whatever it says.
	// Without it the server speaks plain text, and [Server.Serve] then accepts
	// listeners of this machine only.
	TLS *tls.Config
	// Log gets one line a call, and the cause of what failed in the service.
	Log *slog.Logger
	// SessionMax is how long a session lives at most, as the keeper was told:
	// OpenSession shows it, nothing here enforces it. 0 is 10 h.
	SessionMax time.Duration
	// Anchors, when set, says whether checkpoints reach the second place: health
	// says so as the service "anchors". Acts go on while they do not.
	Anchors func(context.Context) error
	// Reflection is off unless set.
	Reflection Reflection
	// Drain is how long the server still takes calls, after it said that it is
	// not serving, when it stops: time for a balancer to notice. 0 is none.
	Drain time.Duration
	// Pages, when set, makes what browsers get on the same port. It needs TLS.
	Pages Pages
	// Nodes, when set, makes this the keeper's own server, where only API nodes
	// call: where they say that a call came from is believed. TLS must then ask for
	// their certificate; without TLS only a unix socket is served.
	Nodes *Nodes
}

// Nodes is what the keeper's own server needs beside the public API. Both fields
// are required.
type Nodes struct {
	// Register registers what only nodes ask.
	Register func(grpc.ServiceRegistrar)
	// Greeted refuses a call that comes from a node of another kind.
	Greeted func(context.Context) error
}

func (c *Config) check() error {
	switch {
	case c.Vault == nil:
		return errors.New("rpc: no vault")
	case c.RelyingParty == nil:
		return errors.New("rpc: no relying party")
	case len(c.Issuers) == 0:
		return errors.New("rpc: no issuer")
	case c.Kinds == nil:
		return errors.New("rpc: no catalogue of papers")
	case c.PublicURL == nil || c.PublicURL.Scheme != "https" || c.PublicURL.Host == "":
		return errors.New("rpc: no public https address")
	case c.TrailMonths < 1:
		return errors.New("rpc: nobody says how long the trail is kept")
	case c.Log == nil:
		return errors.New("rpc: no logger")
	case c.Reflection > ReflectionOn:
		return fmt.Errorf("rpc: no reflection setting %d", c.Reflection)
	case c.Drain < 0 || c.SessionMax < 0:
		return errors.New("rpc: negative time")
	case c.Nodes != nil && c.TLS != nil && (c.TLS.ClientAuth != tls.RequireAndVerifyClientCert || c.TLS.ClientCAs == nil):
		return errors.New("rpc: a keeper's own listener asks for certificates of named authorities")
	case c.Nodes != nil && (c.Nodes.Register == nil || c.Nodes.Greeted == nil):
		return errors.New("rpc: a keeper's own listener knows its nodes")
	}
	if c.SessionMax == 0 {
		c.SessionMax = sessionMax
	}
	for _, i := range c.Issuers {
		if i.Name == "" || i.DisplayName == "" || i.URL == "" || i.ClientID == "" {
			return errors.New("rpc: an issuer has an empty field")
		}
	}
	return nil
}

const sessionMax = 10 * time.Hour

// Sizes and times of the transport. What is bigger comes in chunks, who is
// slower is cut: a connection must not hold what others need.
const (
	maxMessage = 1 << 20  // bytes in one message received
	maxHeaders = 16 << 10 // bytes in the metadata of one call
	maxStreams = 128      // calls at once on one connection
	// One connection of a node carries the calls of everybody who called it.
	maxNodeStreams = 8 << 10

	handshakeTime = 10 * time.Second
)

// A Server serves the API. It is made by [NewServer] and ended by
// [Server.Shutdown], which must be called. It is safe for concurrent use.
type Server struct {
	grpc    *grpc.Server
	pages   *browsing
	heart   *heart
	plain   bool
	private bool // only nodes call
	drain   time.Duration
	cancel  context.CancelFunc // ends the heart, and whoever watches it
}

// NewServer checks cfg and makes a server that is not serving yet. It refuses
// to start with a method that has no row in the access table. It begins to ask
// whether the service is healthy at once, so the server must be shut down even
// if it never served.
func NewServer(cfg Config) (*Server, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	made := making{
		tls: cfg.TLS, log: cfg.Log, reflection: cfg.Reflection, drain: cfg.Drain,
		admit: []step{admit(cfg.Vault)}, streams: maxStreams, healthy: cfg.Vault.Healthy, anchors: cfg.Anchors,
		pages: cfg.Pages, public: within{printOf(cfg), informationOf(cfg)},
	}
	if cfg.Nodes != nil {
		made.admit, made.streams, made.private = []step{greeted(cfg.Nodes.Greeted), told, admit(cfg.Vault)}, maxNodeStreams, true
	}
	return made.server(func(g *grpc.Server) {
		registerAll(g, cfg)
		if cfg.Nodes != nil {
			cfg.Nodes.Register(g)
		}
	})
}

// registerAll registers the public API.
func registerAll(g *grpc.Server, cfg Config) {
	pages, moves := newPages(), contentService{contents: cfg.Vault.Contents(), kinds: cfg.Kinds}
	coffrev1.RegisterSessionServiceServer(g, &sessionService{vault: cfg.Vault, party: cfg.RelyingParty, issuers: slices.Clone(cfg.Issuers), max: cfg.SessionMax, audience: cfg.Audience})
	coffrev1.RegisterSafeServiceServer(g, &safeService{vault: cfg.Vault, kinds: cfg.Kinds})
	coffrev1.RegisterDocumentServiceServer(g, &documentService{contentService: moves, vault: cfg.Vault, pages: pages})
	coffrev1.RegisterTrailServiceServer(g, &trailService{vault: cfg.Vault, pages: pages})
	coffrev1.RegisterInformationServiceServer(g, informationOf(cfg))
	coffrev1.RegisterStructureServiceServer(g, &structureService{vault: cfg.Vault, pages: pages})
	coffrev1.RegisterPartnerServiceServer(g, &partnerService{vault: cfg.Vault})
	coffrev1.RegisterRegisterServiceServer(g, &registerService{vault: cfg.Vault})
	coffrev1.RegisterConsentServiceServer(g, &consentService{vault: cfg.Vault, kinds: cfg.Kinds, pages: pages})
	coffrev1.RegisterMemoServiceServer(g, &memoService{vault: cfg.Vault, kinds: cfg.Kinds, pages: pages})
	coffrev1.RegisterPassportServiceServer(g, &passportService{vault: cfg.Vault, kinds: cfg.Kinds, portal: cfg.PublicURL})
	coffrev1.RegisterTrainingServiceServer(g, &trainingService{vault: cfg.Vault})
	coffrev1.RegisterWorkshopServiceServer(g, &workshopService{vault: cfg.Vault, pages: pages})
	coffrev1.RegisterRelayServiceServer(g, &relayService{vault: cfg.Vault, kinds: cfg.Kinds, pages: pages})
	coffrev1.RegisterPresenceServiceServer(g, &presenceService{vault: cfg.Vault, kinds: cfg.Kinds})
	coffrev1.RegisterLockServiceServer(g, &lockService{vault: cfg.Vault})
	coffrev1.RegisterHandoverServiceServer(g, &handoverService{vault: cfg.Vault, kinds: cfg.Kinds})
	coffrev1.RegisterRecoveryServiceServer(g, &recoveryService{vault: cfg.Vault})
	coffrev1.RegisterPrintServiceServer(g, printOf(cfg))
	coffrev1.RegisterPapersServiceServer(g, papersOf(cfg, pages))
}

func printOf(cfg Config) *printService {
	return &printService{vault: cfg.Vault, kinds: cfg.Kinds, portal: cfg.PublicURL}
}

func informationOf(cfg Config) informationService {
	return informationService{months: cfg.TrailMonths, portal: cfg.PublicURL.String()}
}

// A making is what a server is made of, whole or of a node.
type making struct {
	tls        *tls.Config
	log        *slog.Logger
	reflection Reflection
	drain      time.Duration
	admit      []step
	streams    uint32
	healthy    func(context.Context) error
	anchors    func(context.Context) error // nil: nothing is said of them
	private    bool
	pages      Pages
	public     Public
}

func (m making) server(register func(*grpc.Server)) (*Server, error) {
	pages, err := m.browsing()
	if err != nil {
		return nil, err
	}
	s, err := m.around(pages, register)
	if err != nil {
		pages.abandon()
	}
	return s, err
}

// browsing begins to serve pages, to nobody yet; nil without.
func (m making) browsing() (*browsing, error) {
	switch {
	case m.pages == nil:
		return nil, nil
	case m.tls == nil || m.private:
		return nil, errors.New("rpc: pages are for browsers, over TLS")
	}
	h, err := m.pages(m.public)
	if err != nil {
		return nil, fmt.Errorf("rpc: pages: %w", err)
	}
	return newBrowsing(h, m.log), nil
}

func (m making) around(pages *browsing, register func(*grpc.Server)) (*Server, error) {
	creds, err := transport(m.tls, pages)
	if err != nil {
		return nil, err
	}
	life, cancel := context.WithCancel(context.Background()) //nolint:forbidigo // the life of the server, ended by Shutdown
	g := grpc.NewServer(m.options(life, creds)...)
	register(g)
	heart := newHeart(g, m.healthy, m.anchors, m.log)
	if m.reflection == ReflectionOn {
		reflection.Register(g)
	}
	if err := checkAccess(g.GetServiceInfo()); err != nil {
		cancel()
		return nil, err
	}
	heart.start(life)
	return &Server{grpc: g, pages: pages, heart: heart, plain: m.tls == nil, private: m.private, drain: m.drain, cancel: cancel}, nil
}

func (m making) options(life context.Context, creds credentials.TransportCredentials) []grpc.ServerOption {
	steps := chain(append([]step{observe(m.log), recovered}, m.admit...)...)
	return []grpc.ServerOption{
		grpc.Creds(creds),
		grpc.InTapHandle(limit(life)),
		grpc.UnaryInterceptor(steps.unary),
		grpc.StreamInterceptor(steps.stream),
		grpc.MaxRecvMsgSize(maxMessage),
		grpc.MaxHeaderListSize(maxHeaders),
		grpc.MaxConcurrentStreams(m.streams),
		grpc.ConnectionTimeout(handshakeTime),
		grpc.KeepaliveParams(keepalive.ServerParameters{
			MaxConnectionIdle:     15 * time.Minute,
			MaxConnectionAge:      2 * time.Hour,
			MaxConnectionAgeGrace: longLimit + time.Minute, // cuts no transfer
			Time:                  time.Minute,
			Timeout:               20 * time.Second,
		}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 20 * time.Second, PermitWithoutStream: true}),
		// Stop returns when no handler touches the vault any more.
		grpc.WaitForHandlers(true),
	}
}

func transport(cfg *tls.Config, pages *browsing) (credentials.TransportCredentials, error) {
	if cfg == nil {
		return insecure.NewCredentials(), nil
	}
	switch {
	case cfg.GetConfigForClient != nil:
		return nil, errors.New("rpc: GetConfigForClient could undo the TLS version: use GetCertificate")
	case len(cfg.Certificates) == 0 && cfg.GetCertificate == nil:
		return nil, errors.New("rpc: TLS without a certificate")
	}
	cfg = cfg.Clone()
	cfg.MinVersion, cfg.MaxVersion = tls.VersionTLS13, 0
	if pages == nil {
		return credentials.NewTLS(cfg), nil
	}
	cfg.NextProtos = []string{protocolPages} // h2 comes after it
	return shared{credentials.NewTLS(cfg), pages}, nil
}

// Serve takes calls from lis until [Server.Shutdown] and closes it. Several
// listeners may be served at once.
func (s *Server) Serve(lis net.Listener) error {
	if s.plain && !local(lis.Addr()) {
		return errors.Join(errors.New("rpc: without TLS only this machine is served"), lis.Close())
	}
	if s.plain && s.private && lis.Addr().Network() == "tcp" {
		return errors.Join(errors.New("rpc: without TLS nodes come by a unix socket"), lis.Close())
	}
	if s.pages != nil {
		lis = handing{lis}
	}
	if err := s.grpc.Serve(lis); err != nil {
		return fmt.Errorf("rpc: serve: %w", err)
	}
	return nil
}

// local reports whether only this machine reaches addr.
func local(addr net.Addr) bool {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		return tcp.IP.IsLoopback()
	}
	return addr.Network() == "unix" || addr.Network() == "bufconn"
}

// Shutdown stops the server: it says that it is not serving, waits for the
// drain, takes no more calls and lets those under way end. When ctx ends first
// they are cut, and the cause is returned. When it returns no handler runs and
// nothing asks the vault any more. It may be called more than once.
func (s *Server) Shutdown(ctx context.Context) error {
	s.heart.health.Shutdown()
	wait := time.NewTimer(s.drain)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
	}
	s.cancel()
	stopped := make(chan struct{})
	go func() { s.grpc.GracefulStop(); close(stopped) }()
	var err error
	select {
	case <-stopped:
	case <-ctx.Done():
		err = fmt.Errorf("rpc: calls were cut: %w", context.Cause(ctx))
		s.grpc.Stop() // lets GracefulStop return as well
		<-stopped
	}
	s.heart.wait()
	return errors.Join(err, s.pages.stop(ctx))
}
