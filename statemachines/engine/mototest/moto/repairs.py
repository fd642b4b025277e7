"""What moto 5.2.1's Step Functions engine needs to behave like the service.

Everything is replaced in memory; the installed package stays as it is. One
function per repair, each says what moto does otherwise. `apply` makes them all.
"""

import copy
import functools
import json
import threading
from types import SimpleNamespace
from typing import Any, Callable

import moto
from antlr4 import ParserRuleContext
from moto.core.exceptions import AWSError
from moto.core.responses import EmptyResult
from moto.moto_server import werkzeug_app
from moto.stepfunctions.parser import models
from moto.stepfunctions.parser.api import (
    EvaluationFailedEventDetails,
    ExecutionFailedEventDetails,
    HistoryEventType,
)
from moto.stepfunctions.parser.asl.component.common.assign.assign_decl import AssignDecl
from moto.stepfunctions.parser.asl.component.common.catch.catch_outcome import CatchOutcome
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata
from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison import (
    ConditionStringJSONata,
)
from moto.stepfunctions.parser.asl.component.state.choice.state_choice import StateChoice
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import (
    StateTaskService,
)
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.asl.component.state.state_pass.state_pass import StatePass
from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackConsumerTimeout, CallbackEndpoint
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.asl.eval.states import States
from moto.stepfunctions.parser.asl.eval.variable_store import VariableStore
from moto.stepfunctions.parser.asl.parse import preprocessor
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.responses import StepFunctionResponse

from evaluator import EvaluationError, Evaluator, UndefinedResult

MOTO_VERSION = "5.2.1"


def apply(evaluator: Evaluator, invoke: Callable[[str, bytes, str], Any]) -> None:
    """Makes every repair: expressions go to evaluator; invoke(NAME, PAYLOAD, ROLE) calls the Lambda function NAME."""
    if moto.__version__ != MOTO_VERSION:
        raise RuntimeError(f"these repairs are for moto {MOTO_VERSION}, this is {moto.__version__}")
    start_more_than_one_execution()
    read_strings_as_json()
    evaluate_with(evaluator)
    invoke_with(invoke)
    unset_results()
    assign_on_exit()
    output_inside_catch()
    choose_once()
    want_boolean_conditions()
    let_terminal_errors_pass()
    carry_error_names_on()
    renew_token_on_retry()
    refuse_spent_tokens()
    keep_cause()
    route_unsigned_calls()
    retry_at_once()
    cache_result_paths()
    parse_once()
    keep_threads()


def start_more_than_one_execution() -> None:
    """moto deep-copies the state machine, with its executions and their locks, which fails from the second on."""
    models.copy = SimpleNamespace(deepcopy=copy.copy)


def read_strings_as_json() -> None:
    """moto keeps the escapes of names, keys and assigned strings, and reads those of others as Python's."""

    def text_of(parser_rule_context: ParserRuleContext) -> str | None:
        text = parser_rule_context.getText()
        if text == "null":
            return None
        return json.loads(text) if text.startswith('"') else text

    preprocessor.Preprocessor._inner_string_of = staticmethod(text_of)
    preprocessor.from_string_literal = text_of


def evaluate_with(evaluator: Evaluator) -> None:
    """moto composes the variables unescaped into the expression's text and hands that to a JVM that is not there."""

    def eval_body(self: StringJSONata, env: Environment) -> None:
        try:
            env.stack.append(evaluator.evaluate(self.expression, bindings(env)))
        except UndefinedResult:
            raise query_error(env, f"The JSONata expression '{self.expression}' returned nothing (undefined).")
        except EvaluationError as error:
            raise query_error(env, f"The JSONata expression '{self.expression}' failed: {error}")

    add_event = EventManager.add_event

    # The evaluation that fails records the event, and moto's Task would record it once more.
    def add_event_once(self, context, event_type, event_details=None, **rest) -> int:
        if any(details is event_details for details in self.evaluations_failed):
            return context.last_published_event_id
        return add_event(self, context, event_type, event_details, **rest)

    StringJSONata._eval_body = eval_body
    EventManager.add_event = add_event_once
    EventManager.evaluations_failed = ()


def bindings(env: Environment) -> dict[str, Any]:
    """The variables that an expression sees: those of the machine, and $states."""
    store = env.variable_store
    return {**store._outer_scope, **store._inner_scope, "states": env.states._states_data}


def query_error(env: Environment, cause: str) -> FailureEventException:
    """States.QueryEvaluationError, with its history event recorded."""
    name = StatesErrorName(typ=StatesErrorNameType.StatesQueryEvaluationError)
    details = EventDetails(
        evaluationFailedEventDetails=EvaluationFailedEventDetails(
            cause=cause, error=name.error_name, state=env.next_state_name
        )
    )
    event_type = HistoryEventType.EvaluationFailed
    manager = env.event_manager
    manager.add_event(env.event_history_context, event_type, details)
    manager.evaluations_failed += (details,)
    return FailureEventException(FailureEvent(env, name, event_type, details))


def invoke_with(invoke: Callable[[str, bytes, str], Any]) -> None:
    """moto echoes the payload, and makes a client for every call; here invoke answers, by errors too."""

    def invoke_function(parameters: dict[str, Any], region: str, state_credentials: Any) -> dict[str, Any]:
        payload = invoke(parameters["FunctionName"], parameters["Payload"], state_credentials.role_arn)
        response = {"ExecutedVersion": "$LATEST", "StatusCode": 200, "Payload": payload}
        if isinstance(payload, dict) and "errorType" in payload:
            response["FunctionError"] = "Unhandled"
        return response

    lambda_eval_utils._invoke_lambda_function = invoke_function


def unset_results() -> None:
    """moto has $states.result and $states.errorOutput where they do not exist: null, the error or a Pass's input."""

    def reset(self: States, input_value: Any) -> None:
        self._states_data["input"] = copy.deepcopy(input_value)
        self._states_data.pop("result", None)
        self._states_data.pop("errorOutput", None)

    def set_error_output(self: States, error_output: Any) -> None:
        self._states_data.pop("result", None)
        self._states_data["errorOutput"] = error_output

    def set_result(self: States, result: Any) -> None:
        if result is self._states_data.get("errorOutput", self):
            return
        self._states_data.pop("errorOutput", None)
        self._states_data["result"] = copy.deepcopy(result)

    def eval_pass(self: StatePass, env: Environment) -> None:
        if self.assign_decl:
            self.assign_decl.eval(env=env)

    States.reset, States.set_error_output, States.set_result = reset, set_error_output, set_result
    StatePass._eval_state = eval_pass


def assign_on_exit() -> None:
    """moto's Output sees what the same state's Assign sets; in Step Functions both see the values from before."""
    exited_details = CommonStateField._get_state_exited_event_details

    def eval_body(self: AssignDecl, env: Environment) -> None:
        values: dict[str, Any] = {}
        for binding in self.declaration_bindings:
            binding.eval(env=env)
            values.update(env.stack.pop())
        env.variable_store.pending = values

    def get_state_exited_event_details(self: CommonStateField, env: Environment) -> Any:
        for name, value in env.variable_store.pending.items():
            env.variable_store.set(name, value)
        env.variable_store.pending = {}
        return exited_details(self, env)

    VariableStore.pending = {}
    AssignDecl._eval_body = eval_body
    CommonStateField._get_state_exited_event_details = get_state_exited_event_details


def output_inside_catch() -> None:
    """moto evaluates the Output of a Task or Parallel after its Retry and Catch, which then miss its errors."""
    evaluate_with_timeout = ExecutionState._evaluate_with_timeout

    def evaluate(self: ExecutionState, env: Environment) -> None:
        env.variable_store.pending = {}
        try:
            evaluate_with_timeout(self, env)
            if self.output is not None:
                self.output.jsonata_template_value.eval(env=env)
        except Exception:
            env.variable_store.pending = {}
            raise

    def eval_state_output(self: ExecutionState, env: Environment) -> None:
        if isinstance(env.stack[-1], CatchOutcome):
            return
        if self.output is None:
            CommonStateField._eval_state_output(self, env=env)
            return
        env.states.reset(input_value=env.stack.pop())

    ExecutionState._evaluate_with_timeout = evaluate
    ExecutionState._eval_state_output = eval_state_output


class Default(str):
    """The name of a Choice's Default state, chosen because no rule matched."""


def choose_once() -> None:
    """moto also makes Default's Assign where a rule leads to the same state, and has no States.NoChoiceMatched."""

    def eval_state(self: StateChoice, env: Environment) -> None:
        for rule in self.choices_decl.rules:
            rule.eval(env)
            if env.stack.pop() is True:
                env.stack.append(str(rule.next_stmt.name))
                return
        if self.default_state is None:
            raise no_choice_matched(env, self.name)
        env.stack.append(Default(self.default_state.state_name))

    def eval_state_output(self: StateChoice, env: Environment) -> None:
        name = env.stack.pop()
        if isinstance(name, Default) and self.assign_decl:
            self.assign_decl.eval(env=env)
        if isinstance(name, Default) and self.output:
            self.output.eval(env=env)
        env.next_state_name = str(name)

    StateChoice._eval_state, StateChoice._eval_state_output = eval_state, eval_state_output


def no_choice_matched(env: Environment, state: str) -> FailureEventException:
    """States.NoChoiceMatched for the named Choice."""
    name = StatesErrorName(typ=StatesErrorNameType.StatesNoChoiceMatched)
    details = EventDetails(
        executionFailedEventDetails=ExecutionFailedEventDetails(
            error=name.error_name, cause=f"no rule of the Choice state '{state}' matched and it has no Default"
        )
    )
    return FailureEventException(FailureEvent(env, name, HistoryEventType.ExecutionFailed, details))


def want_boolean_conditions() -> None:
    """moto fails with States.Runtime where a Condition's value is not a boolean."""

    def eval_body(self: ConditionStringJSONata, env: Environment) -> None:
        self.string_jsonata.eval(env=env)
        if not isinstance(env.stack[-1], bool):
            raise query_error(
                env, f"The JSONata expression '{self.string_jsonata.expression}' did not return a boolean."
            )

    ConditionStringJSONata._eval_body = eval_body


TERMINAL = {
    StatesErrorNameType.StatesRuntime.to_name(),
    StatesErrorNameType.StatesStatesDataLimitExceeded.to_name(),
}


def let_terminal_errors_pass() -> None:
    """moto catches States.Runtime and States.DataLimitExceeded by States.ALL, and so hides its own exceptions."""
    match = ErrorEqualsDecl._eval_body

    def eval_body(self: ErrorEqualsDecl, env: Environment) -> None:
        terminal = getattr(env.stack[-1], "error_name", None) in TERMINAL
        match(self, env)
        if terminal and ErrorEqualsDecl._STATE_ALL_ERROR in self.error_names:
            env.stack[-1] = False

    ErrorEqualsDecl._eval_body = eval_body


def carry_error_names_on() -> None:
    """moto fails with States.Runtime where a Fail or a Parallel passes a States.* error on."""

    def init(self: CustomErrorName, error_name: str | None) -> None:
        ErrorName.__init__(self, error_name)

    CustomErrorName.__init__ = init


def renew_token_on_retry() -> None:
    """moto keeps a Task's token when it retries, and takes the first attempt's answer for the second's."""
    eval_execution = StateTaskService._eval_execution

    def eval_with_new_token(self: StateTaskService, env: Environment) -> None:
        context = env.states.context_object
        waits = self.resource.condition == ResourceCondition.WaitForTaskToken
        if waits and context.context_object_data["State"]["RetryCount"] > 0:
            env.callback_pool_manager.add(context.update_task_token())
        eval_execution(self, env)

    StateTaskService._eval_execution = eval_with_new_token


def refuse_spent_tokens() -> None:
    """moto accepts a second answer to a token, and breaks on the errors that it means to give."""
    # moto looks for the kind of error in the wrong place, so that it always means to raise this one.
    models.TaskDoesNotExist = functools.partial(
        AWSError, "Task Timed Out: 'Provided task does not exist anymore'", "TaskTimedOut"
    )
    models.InvalidToken = functools.partial(AWSError, "Invalid Token: 'Invalid token'", "InvalidToken")
    interrupt_all, notify = CallbackEndpoint.interrupt_all, CallbackEndpoint.notify

    def interrupt_and_close(self: CallbackEndpoint) -> None:
        interrupt_all(self)
        self.report(CallbackConsumerTimeout())

    def notify_and_close(self: CallbackEndpoint, outcome: Any) -> None:
        notify(self, outcome)
        self.report(CallbackConsumerTimeout())

    CallbackEndpoint.interrupt_all, CallbackEndpoint.notify = interrupt_and_close, notify_and_close


def keep_cause() -> None:
    """moto's SendTaskFailure drops the cause."""

    def send_task_failure(self: StepFunctionResponse) -> EmptyResult:
        token, error, cause = (self._get_param(name) for name in ("taskToken", "error", "cause"))
        self.stepfunction_backend.send_task_failure(token, error=error or "", cause=cause or "")
        return EmptyResult()

    StepFunctionResponse.send_task_failure = send_task_failure


def route_unsigned_calls() -> None:
    """moto takes an unsigned call to Step Functions for one to S3."""
    werkzeug_app.UNSIGNED_REQUESTS["AWSStepFunctions"] = ("states", "us-east-1")


def retry_at_once() -> None:
    """moto sleeps through the delays of Retry; which state follows which does not depend on them."""
    retrier_decl.time = SimpleNamespace(sleep=lambda seconds: None)


def cache_result_paths() -> None:
    """moto builds the parser for "$" at every state, 30 ms each time."""
    result_path.parse = functools.lru_cache(result_path.parse)


def parse_once() -> None:
    """moto parses a machine when it is created, and again whenever it is started: half of the time of both."""
    AmazonStateLanguageParser.parse = staticmethod(functools.lru_cache(AmazonStateLanguageParser.parse))


def keep_threads() -> None:
    """moto tells nobody that an execution has ended, and nothing at all of one whose thread has died."""

    def start(self: ExecutionWorker) -> None:
        self.thread = threading.Thread(target=self._execution_logic, daemon=True)
        self.thread.start()

    ExecutionWorker.start = start
