package pipeline

import (
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
)

// checkArtifactStores wants one way of naming stores, and a store in every Region where something runs.
func checkArtifactStores(d *definition, list *diag.List) {
	if d.ArtifactStore != nil && len(d.ArtifactStores) > 0 {
		list.Add(twoKindsOfStores(d.ArtifactStores[0].Region, d.ArtifactStore.At))
	}
	switch homes := d.homes(); {
	case len(d.ArtifactStores) > 0:
		checkStoreOfEachRegion(d, list, homes)
	case d.ArtifactStore != nil:
		checkSingleStore(d, list, homes)
	}
}

// checkStoreOfEachRegion looks for the store of every Region that is named, the pipeline's included.
func checkStoreOfEachRegion(d *definition, list *diag.List, homes []homeRegion) {
	stores := make([]string, len(d.ArtifactStores))
	for i := range d.ArtifactStores {
		if !d.ArtifactStores[i].Region.IsKnown() {
			return
		}
		stores[i] = d.ArtifactStores[i].Region.Value
	}
	for a := range d.performers() {
		if a.Region.Value != "" && !isOneOf(a.Region, stores) {
			list.Add(noStoreInRegion(a.Region, stores))
		}
	}
	if len(homes) > 0 && !slices.Contains(stores, homes[0].region.Value) {
		list.Add(noStoreInRegion(homes[0].region, stores))
	}
}

// checkSingleStore wants all actions in the Region of the only store, the pipeline's. Where that Region cannot be
// known, the first one that is named stands for it: a second cannot be the same.
func checkSingleStore(d *definition, list *diag.List, homes []homeRegion) {
	var home Text
	if len(homes) > 0 {
		home = homes[0].region
	}
	for a := range d.performers() {
		switch region := a.Region; {
		case region.Value == "" || !region.IsKnown() || !regionShape().MatchString(region.Value):
		case home.Value == "":
			home = region
		case region.Value != home.Value && a.boundToHome() == "":
			list.Add(singleStore(region, home, d.ArtifactStore.At))
		}
	}
}
