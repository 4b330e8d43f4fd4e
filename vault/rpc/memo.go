package rpc

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

// memoService is in this file, in memo_check.go and in notebook.go.
type memoService struct {
	coffrev1.UnsafeMemoServiceServer
	vault *vault.Vault
	kinds *papers.Catalogue
	pages *pages
}

var _ coffrev1.MemoServiceServer = (*memoService)(nil)

// memoCode is a code of the catalogue of bodies.
var memoCode = regexp.MustCompile(`^[a-z0-9-]{0,64}$`)

// memo reads what a memo says. The prefix is where it lies in the request.
func (f *fields) memo(prefix string, m *coffrev1.Memo) vault.Memo {
	if m == nil || m.GetBody() == "" && strings.TrimSpace(m.GetName()) == "" {
		f.refuse(prefix+".name", texts.RuleMemoBody)
		return vault.Memo{}
	}
	read := vault.Memo{
		Body:     f.memoCode(prefix+".body", m.GetBody()),
		Name:     f.line(prefix+".name", m.GetName(), vault.MaxMemoName, texts.RuleWhose),
		Login:    f.octets(prefix+".login", m.GetLogin(), vault.MaxMemoLogin, texts.RuleMemoLogin),
		Hint:     f.line(prefix+".hint", m.GetHint(), vault.MaxMemoHint, texts.RulePlace),
		Recovery: f.octets(prefix+".recovery", m.GetRecovery(), vault.MaxMemoLogin, texts.RuleMemoLogin),
		Provider: f.memoCode(prefix+".provider", m.GetProvider()),
	}
	if len(m.GetNumbers()) > vault.MaxMemoNumbers {
		f.refuse(prefix+".numbers", texts.RuleMemoNumbers)
		return read
	}
	for i, n := range m.GetNumbers() {
		at := fmt.Sprintf("%s.numbers[%d]", prefix, i)
		read.Numbers = append(read.Numbers, vault.MemoNumber{
			Name:  f.line(at+".name", n.GetName(), vault.MaxMemoNumber, texts.RuleMemoNumber),
			Value: f.line(at+".value", n.GetValue(), vault.MaxMemoNumber, texts.RuleMemoNumber),
		})
	}
	return read
}

// memoCode reads the code of a body, or nothing.
func (f *fields) memoCode(field, s string) string {
	if !memoCode.MatchString(s) {
		f.refuse(field, texts.RuleMemoCode)
	}
	return s
}

// octets reads one line of text of at most n bytes.
func (f *fields) octets(field, s string, n int, rule texts.Rule) string {
	if len(s) > n || !plain(s) {
		f.refuse(field, rule)
	}
	return s
}

// memoSecret reads a secret. It is copied from paper: one line.
func (f *fields) memoSecret(field, s string) vault.Secret {
	return vault.NewSecret([]byte(f.octets(field, s, vault.MaxMemoSecret, texts.RuleMemoSecret)))
}

// otherSecrets reads the secrets beside a password.
func (f *fields) otherSecrets(prefix string, all []*coffrev1.LabelledSecret) (out []vault.LabelledSecret) {
	if len(all) > vault.MaxOthers {
		f.refuse(prefix, texts.RuleMemoOthers)
		return nil
	}
	for i, o := range all {
		at := fmt.Sprintf("%s[%d]", prefix, i)
		out = append(out, vault.LabelledSecret{
			Label:  f.line(at+".label", o.GetLabel(), vault.MaxOtherLabel, texts.RuleMemoNumber),
			Secret: vault.NewSecret([]byte(f.octets(at+".secret", o.GetSecret(), vault.MaxOtherSecret, texts.RuleMemoOther))),
		})
	}
	return out
}

// secretLabel reads which secret of a memo is meant.
func (f *fields) secretLabel(s string) string {
	return f.line("label", s, vault.MaxOtherLabel, texts.RuleMemoNumber)
}

func parsePutMemos(req *coffrev1.PutMemosRequest) (vault.PutMemos, error) {
	var f fields
	act := vault.PutMemos{
		Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()),
		Notebook: optionally(&f, "notebook", req.GetNotebook(), vault.ParseNotebookID),
	}
	if n := len(req.GetMemos()); n == 0 || n > vault.MaxMemos {
		f.refuse("memos", texts.RuleMemos)
		return act, f.err()
	}
	for i, m := range req.GetMemos() {
		at := fmt.Sprintf("memos[%d]", i)
		act.Memos = append(act.Memos, vault.NewMemo{
			Memo:         f.memo(at+".memo", m.GetMemo()),
			Whose:        f.line(at+".whose", m.GetWhose(), vault.MaxWhose, texts.RuleWhose),
			Secret:       f.memoSecret(at+".secret", m.GetSecret()),
			Others:       f.otherSecrets(at+".others", m.GetOthers()),
			FromNotebook: m.GetMemo().GetFromNotebook(),
		})
	}
	return act, f.err()
}

func (s *memoService) PutMemos(ctx context.Context, req *coffrev1.PutMemosRequest) (*coffrev1.PutMemosResponse, error) {
	act, err := parsePutMemos(req)
	if err != nil {
		return nil, err
	}
	ids, err := s.vault.PutMemos(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	docs := make([]string, len(ids))
	for i, id := range ids {
		docs[i] = id.String()
	}
	return coffrev1.PutMemosResponse_builder{Documents: docs}.Build(), nil
}

func parseOpenMemo(req *coffrev1.OpenMemoRequest) (vault.OpenMemo, error) {
	var f fields
	act := vault.OpenMemo{
		Safe: f.safe(req.GetSafe()), Document: f.document(req.GetDocument()),
		Reason: f.line("reason", req.GetReason(), vault.MaxReason, texts.RuleWhy),
		Label:  f.secretLabel(req.GetLabel()), Former: req.GetFormer(),
	}
	return act, f.err()
}

func (s *memoService) OpenMemo(ctx context.Context, req *coffrev1.OpenMemoRequest) (*coffrev1.OpenMemoResponse, error) {
	act, err := parseOpenMemo(req)
	if err != nil {
		return nil, err
	}
	v, err := s.vault.OpenMemo(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.OpenMemoResponse_builder{View: named(v.ID), ExpireTime: timestamppb.New(v.Until)}.Build(), nil
}

func (s *memoService) ViewMemo(ctx context.Context, req *coffrev1.ViewMemoRequest) (*coffrev1.ViewMemoResponse, error) {
	var f fields
	id := parsed(&f, "view", req.GetView(), texts.RuleID, vault.ParseViewID)
	if err := f.err(); err != nil {
		return nil, err
	}
	shown, err := s.vault.ViewMemo(ctx, caller(ctx), id)
	if err != nil {
		return nil, err
	}
	answer := coffrev1.ViewMemoResponse_builder{
		Memo: memo(&shown.Memo), Secret: new(string(shown.Secret.Reveal())), FormerSecret: new(string(shown.Former.Reveal())),
		Label: &shown.Label,
	}
	for _, c := range shown.Changes {
		answer.Changes = append(answer.Changes, coffrev1.MemoChange_builder{Date: &c.Day, By: &c.By}.Build())
	}
	return answer.Build(), nil
}

func parseChangeMemo(req *coffrev1.ChangeMemoRequest) (vault.ChangeMemo, error) {
	var f fields
	act := vault.ChangeMemo{
		Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()), Document: f.document(req.GetDocument()),
		Tested: req.GetTested(), Label: f.secretLabel(req.GetLabel()), Unseen: req.GetUnseen(),
	}
	if req.HasMemo() {
		act.Memo = new(f.memo("memo", req.GetMemo()))
	}
	if req.HasSecret() {
		act.Secret = new(f.memoSecret("secret", req.GetSecret()))
	}
	return act, f.err()
}

func (s *memoService) ChangeMemo(ctx context.Context, req *coffrev1.ChangeMemoRequest) (*coffrev1.ChangeMemoResponse, error) {
	act, err := parseChangeMemo(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.ChangeMemo(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.ChangeMemoResponse{}, nil
}

func (s *memoService) ListToChange(ctx context.Context, req *coffrev1.ListToChangeRequest) (*coffrev1.ListToChangeResponse, error) {
	var f fields
	safe := f.safe(req.GetSafe())
	if err := f.err(); err != nil {
		return nil, err
	}
	all, err := s.vault.ToChange(ctx, caller(ctx), safe)
	if err != nil {
		return nil, err
	}
	answer := coffrev1.ListToChangeResponse_builder{}
	for _, e := range all {
		answer.Memos = append(answer.Memos, exposed(e))
	}
	return answer.Build(), nil
}

func exposed(e vault.Exposed) *coffrev1.ExposedMemo {
	b := coffrev1.ExposedMemo_builder{Document: named(e.Document)}
	if e.Memo.Body != "" || e.Memo.Name != "" {
		b.Memo = memo(&e.Memo)
	}
	for _, by := range e.By {
		b.By = append(b.By, coffrev1.Exposure_builder{
			Agent: named(by.Agent), AgentName: &by.AgentName, StructureName: &by.Structure, Time: timestamppb.New(by.Time), PutIn: &by.PutIn,
			Label: &by.Label, AtCounter: &by.AtCounter,
		}.Build())
	}
	b.OnLostCopy = &e.Lost
	return b.Build()
}

// memo is what a reader gets of one; nothing for a paper.
func memo(m *vault.Memo) *coffrev1.Memo {
	if m == nil {
		return nil
	}
	b := coffrev1.Memo_builder{
		Body: &m.Body, Name: &m.Name, Login: &m.Login, Hint: &m.Hint, Recovery: &m.Recovery, Provider: &m.Provider,
		TestDate: &m.Tested, SecretDate: &m.Changed, FromNotebook: &m.Seen,
	}
	for _, n := range m.Numbers {
		b.Numbers = append(b.Numbers, coffrev1.MemoNumber_builder{Name: &n.Name, Value: &n.Value}.Build())
	}
	for _, o := range m.Others {
		b.Others = append(b.Others, coffrev1.OtherSecret_builder{Label: &o.Label, SecretDate: &o.Changed, FromNotebook: &o.Seen}.Build())
	}
	return b.Build()
}
