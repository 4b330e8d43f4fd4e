package rpc

import (
	"context"
	"sync"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/papers"
)

// papersOf is the service of one configuration. What it answers of the catalogue is
// made at the first call: anybody may ask for it, and it is the same for everybody.
func papersOf(cfg Config, pages *pages) *papersService {
	s := &papersService{vault: cfg.Vault, kinds: cfg.Kinds, pages: pages, health: cfg.HealthPapers}
	s.catalogue = sync.OnceValues(s.newCatalogue)
	return s
}

func (s *papersService) GetCatalogue(context.Context, *coffrev1.GetCatalogueRequest) (*coffrev1.GetCatalogueResponse, error) {
	return s.catalogue()
}

func (s *papersService) newCatalogue() (*coffrev1.GetCatalogueResponse, error) {
	b := coffrev1.GetCatalogueResponse_builder{}
	for _, d := range s.kinds.Drawers() {
		b.Drawers = append(b.Drawers, coffrev1.PaperDrawer_builder{Drawer: new(string(d.Code)), Label: &d.Label, Simple: &d.Simple}.Build())
		for _, k := range s.kinds.Kinds(d.Code) {
			b.Kinds = append(b.Kinds, s.kind(k))
		}
	}
	for _, p := range s.kinds.Packs() {
		purpose, err := s.kinds.Purpose(p.Purpose)
		if err != nil {
			return nil, err
		}
		b.Procedures = append(b.Procedures, coffrev1.Procedure_builder{
			Purpose: new(string(p.Purpose)), Label: &purpose.Label, Body: &purpose.Body, Forms: p.Forms, Source: paperSource(p.Provenance),
		}.Build())
	}
	for _, d := range s.kinds.Duties() {
		b.Duties = append(b.Duties, coffrev1.Duty_builder{
			Duty: new(string(d.Code)), Label: &d.Label, Say: &d.Say, Kinds: coded(d.Kinds), Source: paperSource(d.Provenance),
		}.Build())
	}
	return b.Build(), nil
}

func (s *papersService) kind(k papers.KindInfo) *coffrev1.PaperKind {
	return coffrev1.PaperKind_builder{
		Kind: new(string(k.Code)), Drawer: new(string(k.Drawer)), Label: &k.Label, Simple: &k.Simple,
		Source:    paperSource(papers.Provenance{Source: k.Source, Evidence: k.Evidence, Local: k.Local}),
		NamedOnly: new(k.Code == papers.KindDiagnosis), Refused: new(k.Health && !s.health),
	}.Build()
}
