package keeper

// Invitations counts the codes that are remembered for a retry.
func (k *Keeper) Invitations() int {
	k.invited.mu.Lock()
	defer k.invited.mu.Unlock()
	return len(k.invited.m)
}
