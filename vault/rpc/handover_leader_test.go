package rpc_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// unwritten lets nothing be written to the bucket.
func unwritten(op storagetest.Op, _ storage.Key) storagetest.Fault {
	if op == storagetest.OpPut || op == storagetest.OpCommit {
		return storagetest.NotApplied
	}
	return storagetest.None
}

// ledSafe is a safe of somebody who takes part in the leader's cycle: the leader has
// a consent and sent a task about it.
func (c *cast) ledSafe(t *testing.T) ownSafe {
	t.Helper()
	own := c.safe(t, vaulttest.Counter, vaulttest.Person)
	own.agent, own.cycle = c.house.Agents[vaulttest.Leader].String(), c.cycle(t, vaulttest.Leader)
	must(t, call(t.Context(), coffrev1.NewWorkshopServiceClient(own.who).JoinCycle, coffrev1.JoinCycleRequest_builder{
		RequestId: requestID(), Safe: &own.safe, Cycle: &own.cycle,
	}.Build()))
	own.consent = c.consentAs(t, own, own.agent, vault.FunctionWorkshopLeader)
	own.relay = c.relay(t, own.safe, vaulttest.Leader)
	return own
}

// handedOver hands a safe over in the person's own session.
func (c *cast) handedOver(t *testing.T, own ownSafe, before func()) {
	t.Helper()
	client := coffrev1.NewHandoverServiceClient(own.who)
	p, err := client.PrepareHandover(t.Context(), coffrev1.PrepareHandoverRequest_builder{Safe: &own.safe, Leader: &own.agent}.Build())
	must(t, err)
	before()
	if err := call(t.Context(), client.Handover, coffrev1.HandoverRequest_builder{
		RequestId: requestID(), Safe: &own.safe, Sheet: new(p.GetSheet()), Code: new(p.GetCode()), Pin: new("582946"),
		PageFormat: new(coffrev1.PageFormat_PAGE_FORMAT_HTML),
	}.Build()); err != nil {
		t.Fatal(err, detail[*errdetails.BadRequest](err))
	}
}

// Must show 4: every method that names a safe, by who led the workshop, in a session
// of before and in a new one, is answered as of a safe that never was: while the
// handover waits for the bucket, after a power cut with it still waiting, and once it
// is written. A new method is among them by its attempt.
func TestAfterAHandoverEveryCallOfTheLeaderIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &cast{service: newService(t)}
		own := c.ledSafe(t)
		c.house.Restart(t) // nothing is announced and unconfirmed
		c.serve(t)
		own.who, _ = c.login(t, vaulttest.Person)
		must(t, call(t.Context(), coffrev1.NewSessionServiceClient(own.who).Unlock, coffrev1.UnlockRequest_builder{Safe: &own.safe, Code: &own.code}.Build()))
		leader := personage{name: "in a session of before", function: vault.FunctionWorkshopLeader}
		leader.visitor, _ = c.login(t, vaulttest.Leader)
		must(t, attempts[coffrev1.DocumentService_Read_FullMethodName].try(t.Context(), leader.visitor, own.ids))
		c.handedOver(t, own, func() { c.house.Bucket.SetRule(unwritten) })
		c.findsNothing(t, "its entry waits", own.ids, leader)
		c.house.PowerCut(t)
		c.house.Bucket.SetRule(func(op storagetest.Op, key storage.Key) storagetest.Fault {
			if strings.HasPrefix(string(key), "v1/s/") {
				return unwritten(op, key)
			}
			return storagetest.None
		})
		c.house.Start(t)
		c.serve(t)
		c.findsNothing(t, "after a power cut", own.ids)
		c.house.Bucket.SetRule(nil)
		time.Sleep(time.Minute)
		c.findsNothing(t, "once it is written", own.ids)
		who, _ := c.login(t, vaulttest.Person)
		if got := c.try(t, coffrev1.LockService_GetSafe_FullMethodName, personage{name: "person", visitor: who}, own.ids); got.reason != "" {
			t.Errorf("the person is answered %s", got.reason)
		}
	})
}

// findsNothing tries every method that names a safe, in a new session and in others.
func (c *cast) findsNothing(t *testing.T, when string, own ids, others ...personage) {
	t.Helper()
	anew := personage{name: "in a new session", function: vault.FunctionWorkshopLeader}
	anew.visitor, _ = c.login(t, vaulttest.Leader)
	c.observer, _ = c.login(t, vaulttest.DPO)
	c.leaves(t)
	none := never()
	none.agent, none.cycle = own.agent, own.cycle // which are there, and of no safe
	for _, method := range slices.Sorted(maps.Keys(attempts)) {
		if attempts[method].on&onSafe == 0 {
			continue
		}
		for _, who := range append(others, anew) {
			c.same(t, method, who, "the safe, "+when, c.try(t, method, who, none), c.try(t, method, who, own))
		}
	}
}
