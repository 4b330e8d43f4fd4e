package rpc

import (
	"context"
	"crypto/sha256"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/texts"
)

type informationService struct {
	months int // for which the trail is kept
	portal string
	coffrev1.UnsafeInformationServiceServer
}

var _ coffrev1.InformationServiceServer = informationService{}

// GetServiceInformation is for anybody: L-11 asks for it before there is a
// contract.
func (s informationService) GetServiceInformation(context.Context, *coffrev1.GetServiceInformationRequest) (*coffrev1.GetServiceInformationResponse, error) {
	text := texts.Information(s.months)
	sum := sha256.Sum256([]byte(text))
	return coffrev1.GetServiceInformationResponse_builder{
		Version: new(texts.Version), Language: new(texts.Locale), Text: &text, Sha256: sum[:], PublicUrl: &s.portal,
	}.Build(), nil
}
