package functions

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/internal/action/lambda"
	"github.com/penstock-ci/penstock/internal/local/host"
)

// invocation is one program that handles one event.
type invocation struct {
	functions *Functions
	name      string
	function  Function
	program   program
	id        string // the request ID
	event     []byte
	log       *lines
	area      string
	deadline  time.Time
	// endpoint is where a job's operations are served, with the keys to it; empty where the event is no job.
	endpoint string
	keys     lambda.Credentials
}

// outputGrace is how long the output of a program is waited for that has ended: what it has left running may hold it.
const outputGrace = time.Second

func (i *invocation) tidy() {
	i.log.flush()
	_ = os.RemoveAll(i.area) // the folder of work is removed as a whole when the next run begins
}

// credentials are random ones: whoever has them may do what the job may.
func (i *invocation) credentials() lambda.Credentials {
	f := i.functions
	const keyLength = 16
	return lambda.Credentials{
		AccessKeyID:     "ASIA" + strings.ToUpper(f.random()[:keyLength]),
		SecretAccessKey: f.random(), SessionToken: f.random(),
	}
}

// timeout is how long the invocation may take: never longer than its action.
func (i *invocation) timeout() time.Duration {
	timeout := i.function.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	if left := i.deadline.Sub(i.functions.options.Clock.Now()); !i.deadline.IsZero() && left < timeout {
		timeout = max(left, 0)
	}
	return timeout
}

// run starts the program, serves it the event, and returns what it answers. Nothing of the program is left afterwards.
func (i *invocation) run(ctx context.Context) ([]byte, error) {
	timeout := i.timeout()
	api := newRuntimeAPI(i, i.functions.options.Clock.Now().Add(timeout))
	server, err := serve(api)
	if err != nil {
		return nil, fmt.Errorf("serve the runtime API of function %s: %w", i.name, err)
	}
	defer server.close()
	cmd := exec.Command(i.program.command[0], i.program.command[1:]...) //nolint:gosec,noctx // the user's own program; its group is ended below
	cmd.Dir, cmd.Env = i.program.root, i.environment(server.address)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = i.log, i.log, outputGrace
	host.OwnGroup(cmd)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start function %s: %w", i.name, err)
	}
	exited, gone := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(gone)
		exited <- cmd.Wait()
	}()
	answer, err := i.await(ctx, api, exited, timeout)
	host.SignalGroup(cmd.Process.Pid, host.Kill)
	<-gone
	return answer, err
}

// await waits for the answer, or for what makes that none will come.
func (i *invocation) await(ctx context.Context, api *runtimeAPI, exited <-chan error, timeout time.Duration) ([]byte, error) {
	select {
	case <-api.answered:
		a, _ := api.taken()
		return a.payload, a.err
	case err := <-exited:
		if a, ok := api.taken(); ok { // it ended right after it
			return a.payload, a.err
		}
		return nil, exitError(err)
	case <-i.functions.options.Clock.After(timeout):
		return nil, &lambda.FunctionError{
			Type: "Sandbox.Timedout", Message: fmt.Sprintf("the function timed out after %s", timeout.Round(time.Millisecond)),
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// exitError is a program that ended before it answered, as Lambda words it.
func exitError(err error) error {
	message := "the program exited without an answer to its event"
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		message = "the program exited with an error: " + exit.String()
	}
	return &lambda.FunctionError{Type: "Runtime.ExitError", Message: message}
}

func (i *invocation) arn() string {
	o := i.functions.options
	return fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", o.Region, o.Account, i.name)
}

// environment is what the Lambda Developer Guide lists under "Defined runtime environment variables", over the host's part
// and below it the function's own. Nothing but an endpoint on the loopback interface accepts the credentials in it.
func (i *invocation) environment(runtimeAPI string) []string {
	o := i.functions.options
	e := host.Environment(o.Environ)
	maps.Copy(e, map[string]string{
		"HOME": o.Home, "TZ": ":UTC", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1",
		"AWS_REGION": o.Region, "AWS_DEFAULT_REGION": o.Region, "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_ACCESS_KEY_ID": "ASIALOCAL", "AWS_SECRET_ACCESS_KEY": "local", "AWS_SESSION_TOKEN": "local",
	})
	if i.endpoint != "" {
		maps.Copy(e, map[string]string{
			"AWS_ACCESS_KEY_ID": i.keys.AccessKeyID, "AWS_SECRET_ACCESS_KEY": i.keys.SecretAccessKey, "AWS_SESSION_TOKEN": i.keys.SessionToken,
			"AWS_ENDPOINT_URL_CODEPIPELINE": i.endpoint, "AWS_ENDPOINT_URL_S3": i.endpoint,
		})
	}
	maps.Copy(e, i.function.Environment)
	for _, name := range []string{"no_proxy", "NO_PROXY"} {
		e[name] = strings.TrimPrefix(e[name]+",127.0.0.1,localhost", ",")
	}
	maps.Copy(e, map[string]string{
		"TMPDIR": filepath.Join(i.area, "tmp"), "AWS_LAMBDA_RUNTIME_API": runtimeAPI, "LAMBDA_TASK_ROOT": i.program.root,
		"_HANDLER": i.function.Handler, "AWS_EXECUTION_ENV": "AWS_Lambda_" + i.runtime(),
		"AWS_LAMBDA_FUNCTION_NAME": i.name, "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
		"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME":      "/aws/lambda/" + i.name, "AWS_LAMBDA_LOG_STREAM_NAME": "penstock",
	})
	list := make([]string, 0, len(e))
	for _, name := range slices.Sorted(maps.Keys(e)) {
		list = append(list, name+"="+e[name])
	}
	return list
}

func (i *invocation) runtime() string {
	if i.function.Runtime != "" {
		return i.function.Runtime
	}
	return "provided.al2023"
}
