package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// Wording about the pipeline as a whole: counts, tags, Regions, accounts, stores.

func tooFewStages(at diag.Range) diag.Diagnostic {
	return withHelp(failure("too-few-stages", at, "the pipeline has only this stage"),
		"a pipeline has at least 2 stages: one of source actions, then one that uses what they fetch")
}

func tooManyActions(at diag.Range, n, most int) diag.Diagnostic {
	return withHelp(failure("too-many-actions", at, "the pipeline has %d actions; at most %d are allowed", n, most),
		"split it into pipelines: an action Invoke/CodePipeline starts another")
}

func manyActions(s *Stage, n, most int) diag.Diagnostic {
	return as(diag.Warning, withHelp(failure("many-actions", s.At, "stage %s has %d actions", quote(s.Name.Value), n),
		"AWS's quotas name %d in one place and %d in another as the most; %d are sure to be accepted", most, 2*most, most))
}

func blockersIgnored(at diag.Range) diag.Diagnostic {
	return as(diag.Note, failure("blockers-ignored", at,
		"CodePipeline keeps blockers for the future: they are carried and change nothing"))
}

func duplicateTag(key, first Text) diag.Diagnostic {
	return withNote(failure("duplicate-tag", key.At, "a second tag has the key %s", quote(key.Value)), first.At,
		"the first is here")
}

func reservedTag(key Text) diag.Diagnostic {
	return withHelp(failure("reserved-tag", key.At, "the tag key %s begins with %s", quote(key.Value), quote("aws:")),
		"AWS keeps these keys for itself: choose another")
}

func unknownRegion(region Text, near string) diag.Diagnostic {
	d := failure("unknown-region", region.At, "there is no Region %s", quote(region.Value))
	if near == "" {
		return withHelp(d, "a Region looks like eu-west-1")
	}
	return withHelp(d, "did you mean %s?", quote(near))
}

func otherRegion(other, home homeRegion) diag.Diagnostic {
	d := failure("other-region", other.region.At, "%s is in Region %s, and the pipeline is in %s", other.why,
		quote(other.region.Value), quote(home.region.Value))
	d = withNote(d, home.region.At, home.why+" must be in the pipeline's Region, and is in "+quote(home.region.Value))
	return withHelp(d, "source actions, actions of other owners and the topics of approvals are all in the pipeline's Region")
}

func twoKindsOfStores(stores Text, store diag.Range) diag.Diagnostic {
	return withHelp(withNote(failure("two-artifact-stores", stores.At, "the pipeline has artifactStores and artifactStore"),
		store, "artifactStore is here"), "keep artifactStores when actions run in several Regions, else artifactStore")
}

func noStoreInRegion(region Text, stores []string) diag.Diagnostic {
	return withHelp(failure("no-artifact-store", region.At, "there is no artifact store in Region %s", quote(region.Value)),
		"add one to artifactStores, which has %s", enumerate(quoteAll(stores), "and"))
}

func singleStore(region, home Text, store diag.Range) diag.Diagnostic {
	d := failure("no-artifact-store", region.At, "there is no artifact store in Region %s", quote(region.Value))
	d = withNote(d, home.At, "Region "+quote(home.Value)+" is named here")
	return withHelp(withNote(d, store, "artifactStore is that of one Region"),
		"name a store for each Region: artifactStores: {%s: {...}, %s: {...}}", home.Value, region.Value)
}

func needsCustomerKey(a *placedAction, account string, store diag.Range) diag.Diagnostic {
	d := failure("needs-customer-key", a.RoleArn.At, "%s runs in account %s, which cannot read the artifact store", a.title(),
		account)
	return as(diag.Warning, withHelp(withNote(d, store, "this store has no encryptionKey: AWS's own key serves one account"),
		"give the store an encryptionKey, a KMS key of yours that account %s may use", account))
}

func artifactAcrossAccounts(input Text, producer *placedAction, from, to string) diag.Diagnostic {
	d := failure("artifact-across-accounts", input.At, "the artifact %s goes from account %s to account %s",
		quote(input.Value), from, to)
	d = withNote(d, outputNamed(producer, input.Value).At, producedBy(producer))
	return as(diag.Warning, withHelp(d, "one of both accounts must be the pipeline's"))
}

func needsV2(at diag.Range, what string, declared Text) diag.Diagnostic {
	return withHelp(withNote(failure("needs-v2", at, "%s needs a pipeline of type V2", what), declared.At,
		"this pipeline is V1"), "set pipelineType to V2")
}
