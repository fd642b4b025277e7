package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// All wording of Format and Convert.

func templateNotFormatted(at diag.Range) diag.Diagnostic {
	return withHelp(failure("cannot-format", at, "this is a CloudFormation template, and only pipelines are formatted"),
		"penstock convert --to authoring writes the pipeline in it as a definition of its own")
}

func cannotFormat(at diag.Range, what string) diag.Diagnostic {
	return withHelp(failure("cannot-format", at, "this file cannot be laid out: there is %s", what),
		"write this part in another way; the file was left as it is")
}

func formatChangesMeaning(at diag.Range) diag.Diagnostic {
	return withHelp(failure("cannot-format", at, "laid out anew, this file would be read in another way"),
		"the file was left as it is; please report it")
}

func valueNotKnown(at diag.Range, name string) diag.Diagnostic {
	return withHelp(failure("value-not-known", at, "the API needs the value of %s, which only AWS knows", quote("${"+name+"}")),
		"give it: --parameter '%s=VALUE'", name)
}

func missingForAPI(at diag.Range, owner string, missing, flags []string) diag.Diagnostic {
	return withHelp(missingFields(at, owner, missing), "the API needs what is missing: give %s", enumerate(flags, "and"))
}

func oneBucketForSeveral(at diag.Range) diag.Diagnostic {
	return withHelp(failure("several-artifact-stores", at,
		"the definition has artifactStores, and one bucket cannot stand for those of several Regions"),
		"leave --artifact-bucket out")
}

func memberNotHeld(at diag.Range, what member, owner string, form Target) diag.Diagnostic {
	return notHeld(at, what.name+" of "+owner, form)
}

func notHeld(at diag.Range, what string, form Target) diag.Diagnostic {
	return as(diag.Warning, failure("not-converted", at, "%s has no place in %s and is left out", what, formNames[form]))
}

var formNames = map[Target]string{API: "the API's form", CloudFormation: "CloudFormation", Authoring: "the authoring form"}

func cannotConvert(at diag.Range, name, owner string, form Target) diag.Diagnostic {
	return withHelp(failure("cannot-convert", at, "%s has %s, which has no place in %s", owner, name, formNames[form]),
		"without it the action would always run: %s", insteadOfWhen)
}

func parameterMade(at diag.Range, what, name string) diag.Diagnostic {
	return as(diag.Warning, failure("parameter-made", at,
		"the definition has no %s: the template takes it as the parameter %s", what, name))
}

func parameterNamed(at diag.Range, placeholder, name string) diag.Diagnostic {
	return as(diag.Warning, failure("parameter-made", at,
		"the value of %s comes from elsewhere: the template takes it as the parameter %s", quote("${"+placeholder+"}"), name))
}
