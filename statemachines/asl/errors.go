package asl

// Retrier is one member of a state's "Retry". A zero field means Step Functions' default:
// IntervalSeconds 1, BackoffRate 2, no maximum delay, no jitter; a nil MaxAttempts means 3.
type Retrier struct {
	Comment         string
	ErrorEquals     []string
	IntervalSeconds int
	MaxAttempts     *int
	BackoffRate     float64
	MaxDelaySeconds int
	JitterStrategy  string // FULL or NONE
}

func (r *Retrier) fields(f *fields) {
	f.text("Comment", &r.Comment)
	f.required("ErrorEquals")
	f.texts("ErrorEquals", &r.ErrorEquals)
	f.whole("IntervalSeconds", &r.IntervalSeconds)
	f.wholeOrAbsent("MaxAttempts", &r.MaxAttempts)
	f.number("BackoffRate", &r.BackoffRate)
	f.whole("MaxDelaySeconds", &r.MaxDelaySeconds)
	f.text("JitterStrategy", &r.JitterStrategy)
}

// Catcher is one member of a state's "Catch": where to go on an error that no retrier takes.
type Catcher struct {
	Comment     string
	ErrorEquals []string
	Data
	Next string
}

func (c *Catcher) fields(f *fields) {
	f.text("Comment", &c.Comment)
	f.required("ErrorEquals")
	f.texts("ErrorEquals", &c.ErrorEquals)
	c.Data.fields(f)
	f.required("Next")
	f.text("Next", &c.Next)
}

func catchersNext(catchers []Catcher) []string {
	var names []string
	for i := range catchers {
		names = append(names, catchers[i].Next)
	}
	return names
}
