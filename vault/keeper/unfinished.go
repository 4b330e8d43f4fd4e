package keeper

import "errors"

var errUnfinished = errors.New("unfinished")
