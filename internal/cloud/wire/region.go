package wire

import "strings"

// partitions are the domains of the partitions of AWS besides the one that everybody has, by the beginnings of their Regions'
// names (AWS General Reference, service endpoints; Amazon Resource Names, partitions).
var partitions = []struct{ prefix, domain string }{
	{"cn-", "amazonaws.com.cn"},
	{"eusc-", "amazonaws.eu"},
	{"us-iso-", "c2s.ic.gov"},
	{"us-isob-", "sc2s.sgov.gov"},
	{"eu-isoe-", "cloud.adc-e.uk"},
	{"us-isof-", "csp.hci.ic.gov"},
}

// Domain is under which the services of a Region are.
func Domain(region string) string {
	for _, p := range partitions {
		if strings.HasPrefix(region, p.prefix) {
			return p.domain
		}
	}
	return "amazonaws.com"
}
