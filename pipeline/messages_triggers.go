package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// Wording about what starts a pipeline: triggers, their filters, polling and event rules.

func unknownTriggerSource(name Text, sources []string) diag.Diagnostic {
	d := failure("unknown-trigger-source", name.At, "there is no source action %s with a connection", quote(name.Value))
	if len(sources) == 0 {
		return withHelp(d, "triggers are for source actions of provider %s", connectionProvider)
	}
	return suggest(d, name.Value, sources)
}

func secondTrigger(name, first Text) diag.Diagnostic {
	return withHelp(withNote(failure("second-trigger", name.At, "source action %s has a second trigger",
		quote(name.Value)), first.At, "the first is here"), "put all filters into one trigger")
}

func triggersTooLarge(at diag.Range, n, most int) diag.Diagnostic {
	return failure("triggers-too-large", at, "the triggers have %d bytes; at most %d are allowed", n, most)
}

func detectionIgnored(detects Text, trigger diag.Range) diag.Diagnostic {
	return as(diag.Warning, withHelp(withNote(failure("detection-ignored", detects.At,
		"DetectChanges is on, and a trigger turns it off"), trigger, "this trigger starts the pipeline instead"),
		"remove DetectChanges, or the trigger"))
}

func repositoryTwice(id, first Text) diag.Diagnostic {
	return as(diag.Warning, withHelp(withNote(failure("repository-twice", id.At,
		"a second source action reads the repository %s", quote(id.Value)), first.At, "the first is here"),
		"only one of them starts the pipeline: set DetectChanges to false on the other"))
}

func emptyFilter(at diag.Range, what, takes string) diag.Diagnostic {
	return withHelp(failure("empty-filter", at, "%s has nothing to filter by", what), "it takes %s", takes)
}

func tagsWithOtherFilters(at diag.Range) diag.Diagnostic {
	return withHelp(failure("filters-do-not-combine", at, "a push filter has tags beside branches or file paths"),
		"make two push filters: one of tags, one of the others")
}

func pathsWithoutBranches(at diag.Range, kind string) diag.Diagnostic {
	return withHelp(failure("filters-do-not-combine", at, "a %s filter has filePaths and no branches", kind),
		`file paths go with branches; all branches are branches: {includes: ["**"]}`)
}

func repeatedFilter(at, first diag.Range, kind string) diag.Diagnostic {
	return withHelp(withNote(failure("repeated-filter", at, "a second %s says the same", kind), first,
		"the first is here"), "remove one of them")
}

func repeatedPattern(pattern, first Text) diag.Diagnostic {
	return as(diag.Warning, withNote(failure("repeated-pattern", pattern.At, "%s is here a second time",
		quote(pattern.Value)), first.At, "the first is here"))
}

func neverMatches(included Text, excluded diag.Range) diag.Diagnostic {
	return as(diag.Warning, withHelp(withNote(failure("never-matches", included.At,
		"%s is included and excluded: it never matches", quote(included.Value)), excluded, "it is excluded here"),
		"excludes win: remove one of them"))
}

func invalidGlob(pattern Text, problem string) diag.Diagnostic {
	return withHelp(failure("invalid-glob", pattern.At, "the pattern %s is not right: %s", quote(pattern.Value), problem),
		`*, **, ?, [abc], [!a-z] and {a,b} have a meaning; a "\" before one of them takes it away`)
}
