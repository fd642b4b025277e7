package pipeline

import (
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
)

// AWS's Regions, for suggestions: a name that is not here may be a newer one.
var regions = []string{
	"af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1",
	"ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5",
	"ap-southeast-7", "ca-central-1", "ca-west-1", "cn-north-1", "cn-northwest-1", "eu-central-1", "eu-central-2",
	"eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1",
	"me-south-1", "mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-gov-east-1", "us-gov-west-1", "us-west-1",
	"us-west-2",
}

// topicARN is the ARN of an SNS topic; its first part is the Region.
var topicARN = onUse(`^arn:aws(?:-[\w]+)*:sns:([a-z0-9-]+):[0-9]{12}:.+$`)

var regionShape = onUse(`^[a-z]{2,4}(-[a-z]+)+-[0-9]+$`)

// homeRegion is a place where the definition says, without meaning to, in which Region the pipeline is: only there
// may such actions be.
type homeRegion struct {
	region Text
	why    string
}

// homes returns all such places, in the order of the definition.
func (d *definition) homes() []homeRegion {
	var homes []homeRegion
	for i := range d.actions {
		a := &d.actions[i]
		if kind := a.boundToHome(); kind != "" && a.Region.Value != "" && a.Region.IsKnown() {
			homes = append(homes, homeRegion{a.Region, kind})
		}
		if topic, there := a.topic(); there && isLiteral(topic) {
			if at := topicARN().FindStringSubmatchIndex(topic.Value); at != nil {
				region := Text{Value: topic.Value[at[2]:at[3]], At: within(topic, at[2], at[3])}
				homes = append(homes, homeRegion{region, "the topic of an approval"})
			}
		}
	}
	return homes
}

// boundToHome names the kinds of actions that run in the pipeline's Region only; "" is any other.
func (a *placedAction) boundToHome() string {
	switch {
	case a.isSource():
		return "a source action"
	case a.ActionTypeID.Owner.Value == "ThirdParty", a.ActionTypeID.Owner.Value == "Custom":
		return "an action of owner " + a.ActionTypeID.Owner.Value
	}
	return ""
}

// checkRegions wants Regions that can be, and all that must be in the pipeline's Region to be in one.
func checkRegions(d *definition, list *diag.List) {
	homes := d.homes()
	for i := range homes {
		if homes[i].region.Value != homes[0].region.Value {
			list.Add(otherRegion(homes[i], homes[0]))
		}
	}
	for a := range d.performers() {
		checkRegionName(list, a.Region)
	}
	for i := range d.ArtifactStores {
		checkRegionName(list, d.ArtifactStores[i].Region)
	}
}

func checkRegionName(list *diag.List, region Text) {
	name := region.Value
	if len(name) < regionName.min || !isLiteral(region) || slices.Contains(regions, name) {
		return
	}
	near, found := diag.Nearest(name, regions)
	switch {
	case !regionShape().MatchString(name):
		list.Add(unknownRegion(region, near))
	case found:
		list.Add(as(diag.Warning, unknownRegion(region, near)))
	}
}

// topic returns the topic that an approval notifies.
func (a *placedAction) topic() (Text, bool) {
	if a.ActionTypeID.Category.Value != "Approval" {
		return Text{}, false
	}
	return a.Setting("NotificationArn")
}
