package server

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/coffre-fort/coffre/auth/localop"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// shelf keeps the local provider's values in memory.
type shelf map[string][]byte

func (s shelf) Load(_ context.Context, name string) ([]byte, error) {
	if v, ok := s[name]; ok {
		return v, nil
	}
	return nil, localop.ErrNotFound
}

func (s shelf) Save(_ context.Context, name string, value []byte) error {
	s[name] = value
	return nil
}

func (s shelf) SaveHere(ctx context.Context, name string, value []byte) error {
	return s.Save(ctx, name, value)
}

func (s shelf) Delete(_ context.Context, name string) error {
	delete(s, name)
	return nil
}

func (s shelf) Names(context.Context) ([]string, error) { return slices.Collect(maps.Keys(s)), nil }

// What the keeper is told of a new password is what it can tell the person.
func TestPasswordIsSetAnewOrTheKeeperHearsWhy(t *testing.T) {
	t.Parallel()
	p, err := localop.New(t.Context(), localop.Config{
		Issuer: "https://op.test", Store: shelf{}, Clients: []localop.Client{{ID: CommandLine, Name: "coffre", Device: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	subject, err := p.AddAccount(t.Context(), localop.Account{Login: "personne-fictive", Name: "Personne Fictive", Password: localop.GeneratePassword()})
	if err != nil {
		t.Fatal(err)
	}
	password := func(text string) seal.Secret { return seal.NewSecret([]byte(text)) }
	if err := reset(t.Context(), p, subject, password("un autre mot de passe")); err != nil {
		t.Errorf("a good password: %v", err)
	}
	if err := reset(t.Context(), p, "nobody", password("un autre mot de passe")); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("a login of another issuer: %v", err)
	}
	for _, bad := range []string{"", "court", "pas du texte \xff du tout"} {
		invalid, ok := errors.AsType[*vault.InvalidError](reset(t.Context(), p, subject, password(bad)))
		if !ok || invalid.Field != "password" {
			t.Errorf("%d bytes: %v", len(bad), invalid)
		}
	}
}
