package zone

// ident is what stays of a Service's or a namespace's name while what is known of it changes. Immutable.
type ident struct {
	wire     string // its labels in a query's name
	imported bool   // of a ServiceImport
}

// newIdent is that of a Service, or of a namespace, which has no name in one.
func newIdent(namespace, name string) *ident {
	return &ident{wire: string(appendWire(nil, namespace, name))}
}

// appendWire appends the labels of a name in a namespace, or of the namespace alone if the name is "".
func appendWire(dst []byte, namespace, name string) []byte {
	if name != "" {
		dst = append(append(dst, byte(len(name))), name...)
	}
	return append(append(dst, byte(len(namespace))), namespace...)
}

// name is that of the Service.
func (id *ident) name() string { return id.wire[1 : 1+id.wire[0]] }

// namespace is that of the Service.
func (id *ident) namespace() string { return id.wire[2+id.wire[0]:] }

func (id *ident) key() key { return hash(id.wire) }
