package rpc_test

import (
	"slices"
	"strings"
	"testing"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// unrecorded are the methods that open, change and tell nothing, and of which
// nothing may be kept: what was typed is a secret.
var unrecorded = []string{coffrev1.MemoService_CheckMemo_FullMethodName, coffrev1.MemoService_NewPassword_FullMethodName}

// papers.md §3.6, over the API: what looks wrong is said in words and by a code, and
// the answer never holds what was typed (L-40).
func TestCheckMemoWarnsAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	s := newService(t)
	who, _ := s.login(t, vaulttest.Volunteer) // any session may ask
	client := coffrev1.NewMemoServiceClient(who)
	for name, c := range map[string]struct {
		memo     *coffrev1.Memo
		others   []*coffrev1.LabelledSecret
		secret   string
		warnings []string
		enough   bool
	}{
		"a provisional number": {memo: memoOf("caf", "7690549588158"), warnings: []string{"identifiant/provisional"}},
		"a real paper":         {memo: memoOf("caf", "2690549588157"), secret: "Zq7!mRt2#Kp9+Wd", enough: true},
		"a phone code too short": {
			memo: memoOf("caf", ""), warnings: []string{"code-telephone/length"},
			others: []*coffrev1.LabelledSecret{coffrev1.LabelledSecret_builder{Label: new("code-telephone"), Secret: new("4071")}.Build()},
		},
		"a tax number":        {memo: memoOf("impots", "9234567890123"), warnings: []string{"numero-fiscal/first"}},
		"a body of one's own": {memo: coffrev1.Memo_builder{Name: new("Mon club"), Login: new("7690549588158")}.Build()},
		"one's own login":     {memo: memoOf("messagerie", "zelie.fictive@exemple.invalid"), secret: "zelie.fictive"},
	} {
		answer, err := client.CheckMemo(t.Context(), coffrev1.CheckMemoRequest_builder{Memo: c.memo, Secret: &c.secret, Others: c.others}.Build())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, w := range answer.GetWarnings() {
			got = append(got, w.GetField()+"/"+w.GetWarning())
			if w.GetSentence() == "" || w.GetLabel() == "" {
				t.Errorf("%s: a warning says nothing", name)
			}
		}
		if !slices.Equal(got, c.warnings) {
			t.Errorf("%s: warned of %v, want %v", name, got, c.warnings)
		}
		if answer.HasStrength() != (c.secret != "") || answer.GetStrength().GetEnough() != c.enough {
			t.Errorf("%s: a secret is there: %t; strong: %t, want %t", name, answer.HasStrength(), answer.GetStrength().GetEnough(), c.enough)
		}
		for _, typed := range []string{c.memo.GetLogin(), c.secret} {
			if typed != "" && strings.Contains(answer.String(), typed) {
				t.Errorf("%s: the answer holds what was typed", name)
			}
		}
	}
}

func memoOf(body, login string) *coffrev1.Memo {
	return coffrev1.Memo_builder{Body: &body, Login: &login}.Build()
}

// L-80: a made password is strong enough for what protects the account, and never
// the same.
func TestNewPasswordIsStrongEnough(t *testing.T) {
	t.Parallel()
	s := newService(t)
	who, _ := s.login(t, vaulttest.Worker)
	client := coffrev1.NewMemoServiceClient(who)
	for recipe, guard := range map[coffrev1.PasswordRecipe]coffrev1.Guard{
		coffrev1.PasswordRecipe_PASSWORD_RECIPE_UNSPECIFIED: coffrev1.Guard_GUARD_UNSPECIFIED,
		coffrev1.PasswordRecipe_PASSWORD_RECIPE_NO_SIGNS:    coffrev1.Guard_GUARD_THROTTLED,
		coffrev1.PasswordRecipe_PASSWORD_RECIPE_DIGITS:      coffrev1.Guard_GUARD_HELD_THING,
	} {
		req := coffrev1.NewPasswordRequest_builder{Recipe: &recipe, Guard: &guard}.Build()
		first, err := client.NewPassword(t.Context(), req)
		must(t, err)
		second, err := client.NewPassword(t.Context(), req)
		must(t, err)
		if recipe != coffrev1.PasswordRecipe_PASSWORD_RECIPE_DIGITS && first.GetPassword() == second.GetPassword() {
			t.Errorf("%v: twice the same", recipe)
		}
		rated, err := client.CheckMemo(t.Context(), coffrev1.CheckMemoRequest_builder{Memo: memoOf("caf", ""), Secret: new(first.GetPassword()), Guard: &guard}.Build())
		if err != nil || !rated.GetStrength().GetEnough() && recipe != coffrev1.PasswordRecipe_PASSWORD_RECIPE_DIGITS {
			t.Errorf("%v: rated as weak, %v", recipe, err)
		}
	}
	for _, bad := range []*coffrev1.NewPasswordRequest{
		coffrev1.NewPasswordRequest_builder{Recipe: new(coffrev1.PasswordRecipe(9))}.Build(),
		coffrev1.NewPasswordRequest_builder{Guard: new(coffrev1.Guard(9))}.Build(),
	} {
		if _, err := client.NewPassword(t.Context(), bad); reason(t, err) != "INVALID_REQUEST" {
			t.Errorf("another word: %v", err)
		}
	}
}
