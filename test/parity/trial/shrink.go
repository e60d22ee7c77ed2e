package trial

func (t *trial) shrink(f *Fault) error { return nil }
