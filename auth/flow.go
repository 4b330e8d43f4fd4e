package auth

import (
	"context"
	"net/http"
	"time"
)

// FlowConfig says where and as whom a client program logs in.
type FlowConfig struct {
	Issuer    string
	ClientID  string
	CAFile    string
	Transport http.RoundTripper
	// MaxAge, when set, asks for an authentication no older than this (step-up).
	MaxAge time.Duration
}

// A CodeFlow logs a person in through their browser: authorization code with PKCE on a loopback port
// (RFC 8252).
type CodeFlow struct{}

// NewCodeFlow checks the configuration and contacts nobody.
func NewCodeFlow(cfg FlowConfig) (*CodeFlow, error) { panic("unfinished") }

// Run opens the login page with open, waits for the answer and returns the raw ID token.
func (f *CodeFlow) Run(ctx context.Context, nonce string, open func(loginURL string) error) (rawIDToken string, err error) {
	panic("unfinished")
}

// A DeviceFlow logs a person in through any browser (RFC 8628).
type DeviceFlow struct{}

// NewDeviceFlow checks the configuration and contacts nobody.
func NewDeviceFlow(cfg FlowConfig) (*DeviceFlow, error) { panic("unfinished") }

// A DevicePrompt is what the person must be told: type Code at URL before Expires.
type DevicePrompt struct {
	URL, Code string
	Expires   time.Time
}

// Run shows the prompt, waits for the person and returns the raw ID token.
func (f *DeviceFlow) Run(ctx context.Context, nonce string, show func(DevicePrompt) error) (rawIDToken string, err error) {
	panic("unfinished")
}
