package vault

// IsZero reports whether the id names nothing.
func (id SafeID) IsZero() bool { return id == SafeID{} }

// IsZero reports whether the id names nothing.
func (id DocumentID) IsZero() bool { return id == DocumentID{} }

// IsZero reports whether the id names nothing.
func (id ObjectID) IsZero() bool { return id == ObjectID{} }

// IsZero reports whether the id names nothing.
func (id WayID) IsZero() bool { return id == WayID{} }

// IsZero reports whether the id names nothing.
func (id KitID) IsZero() bool { return id == KitID{} }

// IsZero reports whether the id names nothing.
func (id KitSheetID) IsZero() bool { return id == KitSheetID{} }

// IsZero reports whether the id names nothing.
func (id BundleID) IsZero() bool { return id == BundleID{} }

// IsZero reports whether the id names nothing.
func (id RequestID) IsZero() bool { return id == RequestID{} }

// IsZero reports whether the id names nothing.
func (id StructureID) IsZero() bool { return id == StructureID{} }

// IsZero reports whether the id names nothing.
func (id AgentID) IsZero() bool { return id == AgentID{} }

// IsZero reports whether it is no id.
func (id CycleID) IsZero() bool { return id == CycleID{} }

// IsZero reports whether the id names nothing.
func (id PartnerID) IsZero() bool { return id == PartnerID{} }

// IsZero reports whether the id names nothing.
func (id ConsentID) IsZero() bool { return id == ConsentID{} }

// IsZero reports whether the id names nothing.
func (id ApprovalID) IsZero() bool { return id == ApprovalID{} }

// IsZero reports whether the id names nothing.
func (id AddressID) IsZero() bool { return id == AddressID{} }

// IsZero reports whether the id names nothing.
func (id RelayID) IsZero() bool { return id == RelayID{} }

// IsZero reports whether the id names nothing.
func (id DueID) IsZero() bool { return id == DueID{} }

// IsZero reports whether the id names nothing.
func (id ViewID) IsZero() bool { return id == ViewID{} }

// IsZero reports whether the id names nothing.
func (id NotebookID) IsZero() bool { return id == NotebookID{} }
