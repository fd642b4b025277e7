package platform

import (
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/execution"
)

func TestOnMoto(t *testing.T) {
	moto := cloudtest.Start(t)
	for name, test := range map[string]func(*testing.T, *world){"a release": release} {
		t.Run(name, func(t *testing.T) { test(t, newWorld(t, moto)) })
	}
}

// release takes a release from the event to the last stage.
func release(t *testing.T, w *world) {
	d := w.deploy(site)
	if again := w.deploy(site); d.Version != 1 || again.Version != 1 {
		t.Errorf("registered as version %d, and again as %d", d.Version, again.Version)
	}
	id := w.start("site")
	w.run(id)
	e, err := w.open.Records().Execution(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if e.Status != execution.ExecutionSucceeded {
		t.Errorf("the execution is %s: %s\n%s", e.Status, e.StatusSummary, w.log.String())
	}
	page := w.http("GET", "/production?list-type=2", "")
	if strings.Count(page, "<Key>") != 2 {
		t.Errorf("deployed: %s", page)
	}
	t.Logf("%d requests", len(w.requests))
	count := map[string]int{}
	for _, r := range w.requests {
		count[strings.Split(r, " /")[0]]++
	}
	t.Log(count)
}

// run does what is done outside until the execution has ended.
func (w *world) run(id string) {
	w.Helper()
	ctx := w.Context()
	for range 50 {
		w.settle()
		e, err := w.open.Records().Execution(ctx, id)
		if err != nil {
			w.Fatal(err)
		}
		if e.Ended() {
			return
		}
		for _, event := range w.builds.end("SUCCEEDED") {
			if err := w.open.Handlers().ServiceEvent(ctx, event); err != nil {
				w.Fatal(err)
			}
		}
		actions, err := w.open.Records().ListActionExecutions(ctx, id)
		if err != nil {
			w.Fatal(err)
		}
		for _, a := range actions {
			if a.ApprovalToken != "" && !a.Ended() {
				if _, err := w.open.PutApprovalResult(ctx, execution.Approval{
					PipelineExecutionID: id, StageName: a.StageName, ActionName: a.ActionName, Token: a.ApprovalToken, Approved: true, By: "ann",
				}); err != nil {
					w.Fatal(err)
				}
			}
		}
		w.clock.Next()
	}
	w.Fatalf("execution %s does not end\n%s", id, w.log.String())
}
