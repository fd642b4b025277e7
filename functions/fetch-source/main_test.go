package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/functions/runtimetest"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/objectstest"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/clone"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/cloud/git"
	"github.com/penstock-ci/penstock/internal/cloud/git/smarthttp"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/pipeline"
)

const shop = `{"name": "shop", "pipelineType": "V2", "stages": [
  {"name": "Source", "actions": [
    {"name": "Get", "actionTypeId": "Source/AWS/CodeCommit/1", "configuration": {"RepositoryName": "app", "BranchName": "main"}, "outputArtifacts": [{"name": "A"}]},
    {"name": "Miss", "actionTypeId": "Source/AWS/CodeCommit/1", "configuration": {"RepositoryName": "app", "BranchName": "mian"}, "outputArtifacts": [{"name": "B"}]}]},
  {"name": "Approve", "actions": [{"name": "Gate", "actionTypeId": "Approval/AWS/Manual/1"}]}]}`

// The deployed bundle fetches a repository: bootstrap goes through the proxy that it is told of, and finds the program beside
// it, which gives the artifact that a fetch in this process gives.
func TestFetchSource(t *testing.T) {
	endpoint, g := cloudtest.Start(t), cloudtest.StartGit(t)
	id := g.Commit("one", map[string]string{"README": "x", "bin/run*": "#!/bin/sh\n", "large": string(cloudtest.Pattern(300_000))})
	cloudtest.CreateTable(t, endpoint, "penstock")
	cloudtest.CreateBucket(t, endpoint, "penstock", "Enabled")
	e := begin(t, endpoint)
	f := start(t, endpoint, g.URL)
	ask := func(name, branch string) (out events.TaskOutput, err error) {
		payload, err := json.Marshal(events.TaskInput{
			Function: events.FetchSourceFunction, PipelineExecutionID: e.PipelineExecutionID, MachineExecution: e.MachineExecution, Stage: "Source",
			Action: &events.TaskAction{
				Name: name, Configuration: map[string]string{"RepositoryName": "app", "BranchName": branch},
				InputArtifacts: []events.ArtifactReference{}, OutputVariables: []string{"CommitId"},
			},
		})
		must(t, err)
		answer, err := f.Invoke(t.Context(), string(payload), 15*time.Minute) // as long as Lambda lets one take
		if err == nil {
			err = json.Unmarshal(answer, &out)
		}
		return out, err
	}
	out, err := ask("Get", "main")
	if err != nil {
		t.Fatalf("%v\n%s", err, f.Log())
	}
	if got, want := out.OutputArtifacts["A"].SHA256, digest(t, g); got != want || out.OutputVariables["CommitId"] != id {
		t.Errorf("artifact %s of commit %s, want %s of %s", got, out.OutputVariables["CommitId"], want, id)
	}
	const mistaken = `repository \"app\" of CodeCommit has no branch \"mian\"; did you mean \"main\"?`
	if _, err := ask("Miss", "mian"); err == nil || !strings.Contains(err.Error(), action+mistaken) {
		t.Errorf("error %v, want %s", err, mistaken)
	}
}

// action is how Lambda is told of a failure.
const action = `{"errorMessage":"`

// digest is that of the artifact as a fetch in this process makes it.
func digest(t *testing.T, g *cloudtest.GitServer) string {
	t.Helper()
	r := git.Repository{URL: g.URL + "/app", Limit: 1 << 20}
	fetched, err := clone.Fetch(t.Context(), smarthttp.New(http.DefaultClient, r), r, git.Revision{Branch: "main"})
	must(t, err)
	defer fetched.Close()
	stored, err := artifact.NewStore(objectstest.NewMemory()).PackFiles(t.Context(), fetched.Files, artifact.Location{Bucket: "b", Key: "k"})
	must(t, err)
	return stored.SHA256
}

// start builds the bundle and starts it as Lambda does, with git's server in the place of CodeCommit, behind a proxy.
func start(t *testing.T, endpoint, gitServer string) *runtimetest.Function {
	t.Helper()
	folder := t.TempDir()
	for _, program := range resources.Programs(resources.FetchSource) {
		from := map[string]string{resources.Bootstrap: ".", resources.Clone: "./clone"}[program]
		if out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-o", filepath.Join(folder, program), from).CombinedOutput(); err != nil {
			t.Fatalf("go build: %v\n%s", err, out)
		}
	}
	proxy, certificates := codeCommit(t, gitServer)
	f, err := runtimetest.Start(filepath.Join(folder, resources.Bootstrap), []string{
		resources.SettingPlatform + "=penstock", resources.SettingTable + "=penstock", resources.SettingBucket + "=penstock",
		resources.SettingKey + "=arn:aws:kms:eu-central-1:123456789012:key/k", resources.SettingAccount + "=" + cloudtest.Account,
		resources.SettingPartition + "=aws", resources.SettingEventSource + "=penstock.codepipeline", "AWS_REGION=" + cloudtest.Region,
		"AWS_ENDPOINT_URL=" + endpoint, "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=secret", "AWS_EC2_METADATA_DISABLED=true",
		"HTTPS_PROXY=" + proxy, "SSL_CERT_FILE=" + certificates, "TMPDIR=" + t.TempDir(),
	})
	must(t, err)
	t.Cleanup(f.Stop)
	return f
}

// codeCommit has the git server answer as CodeCommit, with its name, and returns the proxy that knows where it is, and a file
// with the certificate to trust.
func codeCommit(t *testing.T, gitServer string) (proxy, certificates string) {
	t.Helper()
	to, err := url.Parse(gitServer)
	must(t, err)
	server := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(to))
	certificate, text := certificate(t, "git-codecommit."+cloudtest.Region+".amazonaws.com")
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	certificates = filepath.Join(t.TempDir(), "bundle.pem")
	must(t, os.WriteFile(certificates, text, 0o600))
	tunnel := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || !strings.HasPrefix(r.Host, "git-codecommit.") {
			http.Error(w, "not through here", http.StatusBadGateway)
			return
		}
		carry(w, server.Listener.Addr().String())
	}))
	t.Cleanup(tunnel.Close)
	return tunnel.URL, certificates
}

// carry carries bytes between a connection and an address, until the connection ends.
func carry(w http.ResponseWriter, address string) {
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	there, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer there.Close()
	_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
	answered := make(chan struct{})
	go func() {
		_, _ = io.Copy(here, there)
		close(answered)
	}()
	_, _ = io.Copy(there, here)
	_ = there.Close()
	<-answered
}

func certificate(t *testing.T, host string) (made tls.Certificate, text []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{host}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})
}

// begin registers the pipeline and has an execution enter its first stage.
func begin(t *testing.T, endpoint string) *execution.Execution {
	t.Helper()
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull} {
		t.Setenv(name, value)
	}
	outside := nothing{}
	records := execution.New(execution.Ports{
		Table:   cloud.New(cloud.Config{Region: cloudtest.Region, Endpoint: endpoint}).Table("penstock", outside),
		Machine: outside, Bus: outside, Clock: outside, IDs: outside,
		Origin: execution.Origin{Account: cloudtest.Account, Region: cloudtest.Region, Partition: "aws"},
	})
	p, problems := pipeline.Parse("shop.json", []byte(shop))
	if problems.HasErrors() {
		t.Fatal(problems[0].Message)
	}
	d, err := records.RegisterPipeline(t.Context(), execution.Definition{
		PipelineName: "shop", Digest: "d1", Source: pipeline.Canonical(p), RoleARN: "arn:aws:iam::" + cloudtest.Account + ":role/penstock/pipelines/shop",
	})
	must(t, err)
	e, err := records.StartPipelineExecution(t.Context(), execution.StartInput{Definition: d, Pipeline: p, ClientRequestToken: "one"})
	must(t, err)
	must(t, records.EnterStage(t.Context(), events.TaskInput{TaskToken: "t", PipelineExecutionID: e.PipelineExecutionID, MachineExecution: e.MachineExecution, Stage: "Source"}))
	return e
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// nothing are the ports that this test does not look at.
type nothing struct{ cloudtest.IDs }

func (nothing) Now() time.Time                                             { return time.Now() }
func (nothing) Publish(context.Context, events.Envelope) error             { return nil }
func (nothing) StartMachine(context.Context, execution.MachineStart) error { return nil }
func (nothing) StopMachine(context.Context, execution.MachineStop) error   { return nil }
func (nothing) DescribeMachine(context.Context, string) (execution.MachineStatus, error) {
	return execution.MachineStatus{}, nil
}
func (nothing) CompleteTask(context.Context, execution.TaskAnswer) error { return nil }
