package config

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// Accounts of the service's own are one more issuer, and enough as the only one.
func TestLocalAccountsAreAnIssuer(t *testing.T) {
	t.Parallel()
	text := filledIn(t) + "\nlocal: {persons: true, agents: true}\n"
	c, err := Parse([]byte(text), "/etc/coffre")
	if err != nil {
		t.Fatal(err)
	}
	if i := c.Issuers[len(c.Issuers)-1]; len(c.Issuers) != 2 || i.Name != LocalName || i.Issuer != "https://coffre.example.fr/compte" || i.ClientID != LocalClient {
		t.Errorf("have %+v", c.Issuers)
	}
	before, rest, _ := strings.Cut(text, "\nissuers:\n")
	_, after, _ := strings.Cut(rest, "\nlimits:\n")
	if c, err = Parse([]byte(before+"\nlimits:\n"+after), "/etc/coffre"); err != nil || len(c.Issuers) != 1 {
		t.Errorf("alone: %v %+v", err, c.Issuers)
	}
}

func TestLocalAccountsAreRefused(t *testing.T) {
	t.Parallel()
	good := filledIn(t)
	for text, field := range map[string]string{
		good + "\nlocal: {}\n":                              "local",
		good + "\nlocal: {agents: true, help: \"a\\nb\"}\n": "local.help",
		strings.Replace(good, `name: "ccas"`, `name: "local"`, 1) + "\nlocal: {agents: true}\n":     "issuers",
		good + "\nlocal: {agents: true}\nkeeper_listen: {address: \"unix:///run/coffre/k.sock\"}\n": "local",
		good + "\nlocal: {agents: true}\nkeeper: {dial: \"unix:///run/coffre/k.sock\"}\n":           "local",
	} {
		_, err := Parse([]byte(text), "/etc/coffre")
		if !slices.Contains(fieldsOf(err), field) {
			t.Errorf("%s is not named: %v", field, err)
		}
	}
}

// fieldsOf are the fields that a refusal names.
func fieldsOf(err error) (all []string) {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range many.Unwrap() {
			all = append(all, fieldsOf(one)...)
		}
	}
	if one, ok := errors.AsType[*FieldError](err); ok {
		all = append(all, one.Field)
	}
	return all
}
