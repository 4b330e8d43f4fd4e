package tour

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/prints"
)

// recover: the person has three recovery sheets printed. One opens nothing; two
// wait for their delay, which the person can stop, and open; then the kit is void.
func (s *story) recover(ctx context.Context) (string, error) {
	g := &s.guest
	codes, err := s.printKit(ctx)
	if err != nil {
		return "", err
	}
	_, err = s.openKit(ctx, codes[0], codes[0])
	if err := refusedFor(err, "CODE_REFUSED", "opening with one recovery sheet"); err != nil {
		return "", err
	}
	if _, err := s.openKit(ctx, codes[0], codes[2]); err != nil {
		return "", fmt.Errorf("two sheets: %w", err)
	}
	if _, err := client.Repeat(ctx, g.home, g.home.Recoveries.CancelKit, coffrev1.CancelKitRequest_builder{RequestId: client.NewRequest(), Safe: &g.safe}.Build()); err != nil {
		return "", fmt.Errorf("stop: %w", err)
	}
	opening, err := s.openKit(ctx, codes[0], codes[2])
	if err != nil {
		return "", fmt.Errorf("two sheets, anew: %w", err)
	}
	ask := coffrev1.FinishKitRequest_builder{
		RequestId: client.NewRequest(), Safe: &g.safe, Pair: coffrev1.KitPair_builder{First: &codes[1], Second: &codes[2]}.Build(),
	}.Build()
	_, err = client.Once(ctx, g.home, g.home.Recoveries.FinishKit, ask)
	if err := refusedFor(err, "KIT_WAITS", "opening before the delay is over"); err != nil {
		return "", err
	}
	if err := waitFor(ctx, opening.GetDueTime().AsTime()); err != nil {
		return "", err
	}
	done, err := client.Repeat(ctx, g.home, g.home.Recoveries.FinishKit, ask)
	if err != nil {
		return "", fmt.Errorf("after the delay: %w", err)
	}
	s.mark("a sheet's code", done.GetCode())
	g.sheet, g.code = done.GetSheet(), done.GetCode()
	for _, p := range g.papers[:guestLease] {
		if _, err := s.readFrom(ctx, g.home, g.safe, p); err != nil {
			return "", fmt.Errorf("%s: %w", p.name, err)
		}
	}
	_, err = s.openKit(ctx, codes[0], codes[1])
	if err := refusedFor(err, "CODE_REFUSED", "a kit that was used"); err != nil {
		return "", err
	}
	return "three recovery sheets: one opens nothing, two opened after the delay that the person had stopped once; the kit is void, and a new code sheet opens", nil
}

// printKit has the kit made and prints each sheet, as a client does: the codes leave
// the service once.
func (s *story) printKit(ctx context.Context) (codes []string, err error) {
	g := &s.guest
	made, err := client.Repeat(ctx, g.home, g.home.Recoveries.MakeKit, coffrev1.MakeKitRequest_builder{RequestId: client.NewRequest(), Safe: &g.safe}.Build())
	if err != nil {
		return nil, fmt.Errorf("kit: %w", err)
	}
	names := map[coffrev1.KitHolder]string{
		coffrev1.KitHolder_KIT_HOLDER_PERSON: "personne", coffrev1.KitHolder_KIT_HOLDER_RELATIVE: "proche", coffrev1.KitHolder_KIT_HOLDER_ENVELOPE: "enveloppe",
	}
	for _, sheet := range made.GetSheets() {
		s.mark("a recovery code", sheet.GetCode())
		page, err := prints.PDF(prints.RecoverySheet{
			Letterhead: prints.Letterhead{Printed: time.Now()}, Holder: vault.KitHolder(sheet.GetHolder()),
			Kit: made.GetKit(), Number: sheet.GetSheet(), Code: vault.NewSecret([]byte(sheet.GetCode())), Delay: made.GetDelay().AsDuration(),
		})
		if err != nil {
			return nil, fmt.Errorf("recovery sheet: %w", err)
		}
		if err := writeNew(filepath.Join(s.cfg.Prints, "secours-"+names[sheet.GetHolder()]+"-"+g.safe+".pdf"), page); err != nil {
			return nil, err
		}
		codes = append(codes, sheet.GetCode())
	}
	if len(codes) != vault.KitSheets {
		return nil, differ("recovery sheets", len(codes), vault.KitSheets)
	}
	return codes, nil
}

// openKit shows two sheets at the counter.
func (s *story) openKit(ctx context.Context, one, other string) (*coffrev1.OpenKitResponse, error) {
	return client.Once(ctx, s.counter, s.counter.Recoveries.OpenKit, coffrev1.OpenKitRequest_builder{
		Safe: &s.guest.safe, Pair: coffrev1.KitPair_builder{First: &one, Second: &other}.Build(),
	}.Build())
}

// waitFor waits until an instant, which is seconds away in development.
func waitFor(ctx context.Context, at time.Time) error {
	wait := time.Until(at)
	if wait > 10*time.Second {
		return errors.New("the delay of recovery sheets is that of real data")
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for the delay: %w", context.Cause(ctx))
	}
}
