package cloud

import "github.com/aws/aws-sdk-go-v2/aws"

// Role is a role to assume. ExternalID is what its trust policy asks for; SessionName stands in every ARN and in CloudTrail;
// Policy is a session policy, which narrows what the role may do to that, and has at most 2,048 characters. ExternalID and
// Policy may be empty.
type Role struct {
	ARN         string
	ExternalID  string
	SessionName string
	Policy      string
}

// Assume makes the credentials of a role out of those that loaded has. It calls nothing before they are asked for.
type Assume func(loaded aws.Config, r Role) aws.CredentialsProvider

// As is the account as a role sees it that this one may assume. Nothing is called before the first call of a client. In
// another Region, that one's services are called; "" is the same Region.
func (a *Account) As(r Role, region string, assume Assume) *Account {
	c := a.config
	c.role = r.ARN
	if region != "" {
		c.Region = region
	}
	return newAccount(c, func() (aws.Config, error) {
		loaded, err := a.load()
		if err != nil {
			return aws.Config{}, err
		}
		assumed := loaded.Copy()
		if region != "" {
			assumed.Region = region
		}
		assumed.Credentials = &identity{provider: aws.NewCredentialsCache(assume(loaded, r))}
		return assumed, nil
	})
}
