package keeper

import (
	"fmt"
	"time"

	"github.com/coffre-fort/coffre/vault/seal"
)

type trainingJSON struct {
	Identity string `json:"identity"`
	Since    int64  `json:"since"`
	Until    int64  `json:"until"`
}

// json is the stored form; nil for a person's safe.
func (e exercise) json() *trainingJSON {
	if e.isZero() {
		return nil
	}
	return &trainingJSON{string(e.identity.Text().Reveal()), e.since.Unix(), e.until.Unix()}
}

// exercise reads the stored form.
func (j *trainingJSON) exercise() (e exercise, err error) {
	if j == nil {
		return e, nil
	}
	e.since, e.until = time.Unix(j.Since, 0).UTC(), time.Unix(j.Until, 0).UTC()
	if e.identity, err = seal.ParseIdentity(seal.NewSecret([]byte(j.Identity))); err != nil {
		return e, fmt.Errorf("identity of an exercise: %w", err)
	}
	return e, nil
}
