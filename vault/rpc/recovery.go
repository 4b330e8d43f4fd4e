package rpc

import (
	"context"

	"google.golang.org/protobuf/types/known/durationpb"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

type recoveryService struct {
	coffrev1.UnsafeRecoveryServiceServer
	vault *vault.Vault
}

var _ coffrev1.RecoveryServiceServer = (*recoveryService)(nil)

// pair reads two recovery sheets; both are needed.
func (f *fields) pair(p *coffrev1.KitPair) vault.KitPair {
	return vault.KitPair{First: f.code("pair.first", p.GetFirst()), Second: f.code("pair.second", p.GetSecond())}
}

// maybePIN reads a PIN that need not be typed.
func (f *fields) maybePIN(field, typed string) vault.PIN {
	if typed == "" {
		return vault.PIN{}
	}
	return f.pin(field, typed)
}

func parseMakeKit(req *coffrev1.MakeKitRequest) (vault.MakeKit, error) {
	var f fields
	act := vault.MakeKit{
		Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()), Discreet: discreetKitWords.parse(&f, "discreet", req.GetDiscreet()),
	}
	return act, f.err()
}

func (s *recoveryService) MakeKit(ctx context.Context, req *coffrev1.MakeKitRequest) (*coffrev1.MakeKitResponse, error) {
	act, err := parseMakeKit(req)
	if err != nil {
		return nil, err
	}
	made, err := s.vault.MakeKit(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	sheets := make([]*coffrev1.KitSheet, len(made.Sheets))
	for i, one := range made.Sheets {
		sheets[i] = coffrev1.KitSheet_builder{Sheet: named(one.Sheet), Holder: new(kitHolderWords.of(one.Holder)), Code: printed(one.Code)}.Build()
	}
	return coffrev1.MakeKitResponse_builder{Kit: named(made.Kit), Sheets: sheets, Delay: durationpb.New(made.Delay)}.Build(), nil
}

func parseOpenKit(req *coffrev1.OpenKitRequest) (vault.OpenKit, error) {
	var f fields
	act := vault.OpenKit{Safe: f.safe(req.GetSafe()), Pair: f.pair(req.GetPair()), PIN: f.maybePIN("pin", req.GetPin())}
	return act, f.err()
}

func (s *recoveryService) OpenKit(ctx context.Context, req *coffrev1.OpenKitRequest) (*coffrev1.OpenKitResponse, error) {
	act, err := parseOpenKit(req)
	if err != nil {
		return nil, err
	}
	o, err := s.vault.OpenKit(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.OpenKitResponse_builder{SinceTime: stamp(o.Since), DueTime: stamp(o.Due), ExpireTime: stamp(o.Expires)}.Build(), nil
}

func parseFinishKit(req *coffrev1.FinishKitRequest) (vault.FinishKit, error) {
	var f fields
	act := vault.FinishKit{
		Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()), Pair: f.pair(req.GetPair()),
		PIN: f.maybePIN("pin", req.GetPin()), Approval: f.approval(req.GetApproval()),
	}
	return act, f.err()
}

func (s *recoveryService) FinishKit(ctx context.Context, req *coffrev1.FinishKitRequest) (*coffrev1.FinishKitResponse, error) {
	act, err := parseFinishKit(req)
	if err != nil {
		return nil, err
	}
	opened, err := s.vault.FinishKit(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	m := coffrev1.FinishKitResponse_builder{
		Sheet: named(opened.Sheet.Sheet), Code: printed(opened.Sheet.Code), ExpireTime: stamp(opened.Visit.Until),
	}
	if opened.Visit.Opened != 0 {
		m.SessionToken = new(opened.Visit.Token.Reveal())
	}
	return m.Build(), nil
}

func parseCancelKit(req *coffrev1.CancelKitRequest) (vault.CancelKit, error) {
	var f fields
	act := vault.CancelKit{Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()), Word: wordWords.parse(&f, "word", req.GetWord())}
	return act, f.err()
}

func (s *recoveryService) CancelKit(ctx context.Context, req *coffrev1.CancelKitRequest) (*coffrev1.CancelKitResponse, error) {
	act, err := parseCancelKit(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.CancelKit(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.CancelKitResponse{}, nil
}

// kitView is what is told of a recovery kit; nil for none.
func kitView(v vault.KitView) *coffrev1.KitView {
	if v == (vault.KitView{}) {
		return nil
	}
	return coffrev1.KitView_builder{
		SinceTime: stamp(v.Since), OpeningTime: stamp(v.Opening.Since), DueTime: stamp(v.Opening.Due), ExpireTime: stamp(v.Opening.Expires),
		AskedBy: named(v.AskedBy), AskedName: &v.Asked, UsedTime: stamp(v.Used),
	}.Build()
}
