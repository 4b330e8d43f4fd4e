package rpc

import (
	"context"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

type trainingService struct {
	coffrev1.UnsafeTrainingServiceServer
	vault *vault.Vault
}

var _ coffrev1.TrainingServiceServer = (*trainingService)(nil)

func parseOpenTraining(req *coffrev1.OpenTrainingRequest) (vault.OpenTraining, error) {
	var f fields
	act := vault.OpenTraining{Request: f.request(req.GetRequestId())}
	return act, f.err()
}

func (s *trainingService) OpenTraining(ctx context.Context, req *coffrev1.OpenTrainingRequest) (*coffrev1.OpenTrainingResponse, error) {
	act, err := parseOpenTraining(req)
	if err != nil {
		return nil, err
	}
	opened, err := s.vault.OpenTraining(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.OpenTrainingResponse_builder{
		Safe: named(opened.Safe), Sheet: named(opened.Sheet), Code: printed(opened.Code), UntilTime: stamp(opened.Until),
	}.Build(), nil
}

func (s *trainingService) ListTrainings(ctx context.Context, _ *coffrev1.ListTrainingsRequest) (*coffrev1.ListTrainingsResponse, error) {
	found, err := s.vault.Trainings(ctx, caller(ctx))
	if err != nil {
		return nil, err
	}
	all := make([]*coffrev1.Training, len(found))
	for i, t := range found {
		all[i] = coffrev1.Training_builder{
			Safe: named(t.Safe), OpenerName: &t.Opener, SinceTime: stamp(t.Since), UntilTime: stamp(t.Until), Documents: new(count(t.Documents)),
		}.Build()
	}
	return coffrev1.ListTrainingsResponse_builder{Trainings: all}.Build(), nil
}

func parseEndTraining(req *coffrev1.EndTrainingRequest) (vault.EndTraining, error) {
	var f fields
	act := vault.EndTraining{Safe: f.safe(req.GetSafe())}
	return act, f.err()
}

func (s *trainingService) EndTraining(ctx context.Context, req *coffrev1.EndTrainingRequest) (*coffrev1.EndTrainingResponse, error) {
	act, err := parseEndTraining(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.EndTraining(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.EndTrainingResponse{}, nil
}
