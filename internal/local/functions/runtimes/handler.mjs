// Runs the handler of a Lambda function in Node: a client of the Lambda runtime API for one event.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const base = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;

const post = (path, value) => fetch(base + path, { method: 'POST', body: JSON.stringify(value) ?? 'null' });

async function failed(path, error) {
  console.error(error);
  const { name, message, stack } = error instanceof Error ? error : { name: typeof error, message: String(error) };
  await post(path, { errorType: name, errorMessage: message, stackTrace: (stack ?? '').split('\n').slice(1) });
  process.exit(1);
}

async function load() {
  const spec = process.env._HANDLER;
  const dot = spec.lastIndexOf('.');
  const path = resolve(process.env.LAMBDA_TASK_ROOT, spec.slice(0, dot));
  const file = ['.mjs', '.js', '.cjs'].map((end) => path + end).find(existsSync);
  if (!file) throw new Error(`there is no module ${path}.mjs, .js or .cjs`);
  const module = await import(pathToFileURL(file));
  const handler = module[spec.slice(dot + 1)] ?? module.default?.[spec.slice(dot + 1)];
  if (typeof handler !== 'function') throw new Error(`${file} exports no function ${spec.slice(dot + 1)}`);
  return handler;
}

// run calls a handler that returns a promise or a value, or takes a callback.
const run = (handler, event, context) => new Promise((fulfil, reject) => {
  const done = (error, value) => (error ? reject(error) : fulfil(value));
  Promise.resolve(handler(event, context, done)).then((value) => {
    if (handler.length < 3 || value !== undefined) fulfil(value);
  }, reject);
});

const handler = await load().catch((error) => failed('/init/error', error));
const next = await fetch(base + '/invocation/next');
const id = next.headers.get('lambda-runtime-aws-request-id');
const deadline = Number(next.headers.get('lambda-runtime-deadline-ms'));
const context = {
  awsRequestId: id,
  invokedFunctionArn: next.headers.get('lambda-runtime-invoked-function-arn'),
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
  functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
  memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
  logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
  getRemainingTimeInMillis: () => Math.max(deadline - Date.now(), 0),
};
try {
  const value = await run(handler, await next.json(), context);
  await post(`/invocation/${id}/response`, value);
} catch (error) {
  await failed(`/invocation/${id}/error`, error);
}
process.exit(0);
