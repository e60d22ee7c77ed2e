package cluster

import (
	"context"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Audited is the namespace of the accounts that Grant makes, whose requests kube-apiserver writes down.
const Audited = "permissions"

// Account is a ServiceAccount with a role of its own. Any goroutine may use it.
type Account struct {
	Name       string // as RBAC knows it
	Kubeconfig string // a file for CoreDNS

	cluster *Cluster
	role    string
}

// Grant makes a ServiceAccount in the namespace Audited that may do what the rules say. It will speak to the API server at
// this URL.
func (c *Cluster) Grant(ctx context.Context, name, url string, rules []rbacv1.PolicyRule) (*Account, error) {
	a := &Account{
		Name: "system:serviceaccount:" + Audited + ":" + name, Kubeconfig: c.file(Audited + "-" + name + ".conf"),
		cluster: c, role: Audited + ":" + name,
	}
	accounts, rbac := c.Client.CoreV1().ServiceAccounts(Audited), c.Client.RbacV1()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if _, err := accounts.Create(ctx, account, metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	meta := metav1.ObjectMeta{Name: a.role}
	if _, err := rbac.ClusterRoles().Create(ctx, &rbacv1.ClusterRole{ObjectMeta: meta, Rules: rules}, metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: meta,
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: a.role},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: name, Namespace: Audited}},
	}
	if _, err := rbac.ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	token, err := accounts.CreateToken(ctx, name, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	return a, c.writeKubeconfig(a.Kubeconfig, url, token.Status.Token)
}

// Change makes the account's rules these.
func (a *Account) Change(ctx context.Context, rules []rbacv1.PolicyRule) error {
	roles := a.cluster.Client.RbacV1().ClusterRoles()
	role, err := roles.Get(ctx, a.role, metav1.GetOptions{})
	if err != nil {
		return err
	}
	role.Rules = rules
	_, err = roles.Update(ctx, role, metav1.UpdateOptions{})
	return err
}

// Revoke takes the account all that it may do.
func (a *Account) Revoke(ctx context.Context) error {
	rbac := a.cluster.Client.RbacV1()
	if err := rbac.ClusterRoleBindings().Delete(ctx, a.role, metav1.DeleteOptions{}); err != nil {
		return err
	}
	return rbac.ClusterRoles().Delete(ctx, a.role, metav1.DeleteOptions{})
}

// May asks the API server whether the account may do this in all namespaces.
func (a *Account) May(ctx context.Context, group, resource, verb string) (bool, error) {
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User:               a.Name,
		ResourceAttributes: &authorizationv1.ResourceAttributes{Group: group, Resource: resource, Verb: verb},
	}}
	answer, err := a.cluster.Client.AuthorizationV1().SubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
	return err == nil && answer.Status.Allowed, err
}
