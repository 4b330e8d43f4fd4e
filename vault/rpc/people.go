package rpc

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/coffre-fort/coffre/auth"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/directory"
	"github.com/coffre-fort/coffre/vault/texts"
)

// Fields about people: who they are, and what they typed or showed.

func (f *fields) agent(field, s string) vault.AgentID {
	return parsed(f, field, s, texts.RuleID, vault.ParseAgentID)
}

func (f *fields) consent(s string) vault.ConsentID {
	return parsed(f, "consent", s, texts.RuleID, vault.ParseConsentID)
}

// approval reads the approval of a request that is made again; nothing is the
// first time.
func (f *fields) approval(s string) vault.ApprovalID {
	if s == "" {
		return vault.ApprovalID{}
	}
	return parsed(f, "approval", s, texts.RuleID, vault.ParseApprovalID)
}

func (f *fields) function(field, s string) vault.Function {
	return parsed(f, field, s, texts.RuleFunction, vault.ParseFunction)
}

// functions reads one function or more, none twice.
func (f *fields) functions(codes []string) (set vault.FunctionSet) {
	for _, code := range codes {
		one, err := vault.ParseFunction(code)
		if err != nil || set.Has(one) {
			f.refuse("functions", texts.RuleFunctions)
			return 0
		}
		set |= vault.NewFunctionSet(one)
	}
	if set == 0 {
		f.refuse("functions", texts.RuleFunctions)
	}
	return set
}

// name reads what a person, an agent or a phone is called.
func (f *fields) name(field, s string) string {
	if !plain(s) || directory.CheckName(s, vault.MaxName) != nil {
		f.refuse(field, texts.RuleName)
	}
	return s
}

// login reads a login that must be there.
func (f *fields) login(l *coffrev1.Login) auth.UserID {
	u, err := auth.NewUserID(l.GetIssuer(), l.GetSubject())
	if err != nil {
		f.refuse("login", texts.RuleLogin)
	}
	return u
}

// instant reads a moment that must be there: whole seconds, because it is bound
// to the text that a person was shown.
func (f *fields) instant(field string, at *timestamppb.Timestamp) time.Time {
	if at.CheckValid() != nil || at.GetNanos() != 0 || at.GetSeconds() <= 0 {
		f.refuse(field, texts.RuleInstant)
		return time.Time{}
	}
	return at.AsTime()
}

// entry reads how a safe is found again; nothing is the zero entry.
func (f *fields) entry(e *coffrev1.RegisterEntry) vault.RegisterEntry {
	if e == nil {
		return vault.RegisterEntry{}
	}
	return vault.RegisterEntry{
		Name:     f.name("entry.name", e.GetName()),
		Birth:    f.birth("entry.birth_date", e.GetBirthDate()),
		Language: f.language("entry.language", e.GetLanguage()),
	}
}

func (f *fields) birth(field, s string) string {
	if directory.CheckBirth(s) != nil {
		f.refuse(field, texts.RuleBirth)
	}
	return s
}

func (f *fields) cycle(field, s string) vault.CycleID {
	return parsed(f, field, s, texts.RuleID, vault.ParseCycleID)
}
