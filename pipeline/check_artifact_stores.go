package pipeline

import (
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
)

// checkArtifactStores wants one way of naming stores, and a store for every Region that an action names.
func checkArtifactStores(d *definition, list *diag.List) {
	if d.ArtifactStore != nil && len(d.ArtifactStores) > 0 {
		list.Add(twoKindsOfStores(d.ArtifactStores[0].Region, d.ArtifactStore.At))
	}
	if len(d.ArtifactStores) == 0 {
		return
	}
	regions := make([]string, len(d.ArtifactStores))
	for i := range d.ArtifactStores {
		regions[i] = d.ArtifactStores[i].Region.Value
	}
	for i := range d.actions {
		if region := d.actions[i].Region; region.Value != "" && !slices.Contains(regions, region.Value) {
			list.Add(noStoreInRegion(region, regions))
		}
	}
}
