package kube

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	mcs "sigs.k8s.io/mcs-api/pkg/apis/v1beta1"
)

// CheckSelector returns an error if the text is no label selector in Kubernetes' notation.
func CheckSelector(text string) error {
	_, err := labels.Parse(text)
	return err
}

// selectors are the label selectors of the options, parsed. They are immutable.
type selectors struct{ objects, namespaces labels.Selector }

func (o Options) selectors() (s selectors, err error) {
	if s.objects, err = labels.Parse(o.Labels); err != nil {
		return s, fmt.Errorf("labels %q: want a label selector: %w", o.Labels, err)
	}
	if s.namespaces, err = labels.Parse(o.NamespaceLabels); err != nil {
		return s, fmt.Errorf("namespace labels %q: want a label selector: %w", o.NamespaceLabels, err)
	}
	return s, nil
}

// imported selects slices of ServiceImports.
func (s selectors) imported() string {
	text := mcs.LabelServiceName // exists
	if more := s.objects.String(); more != "" {
		text += "," + more
	}
	return text
}

// namespace reports whether a namespace of a manifest is selected. An API server labels each with its name.
func (s selectors) namespace(name string, own map[string]string) bool {
	all := labels.Merge(own, labels.Set{corev1.LabelMetadataName: name})
	return s.namespaces.Matches(all)
}
