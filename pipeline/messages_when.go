package pipeline

// Wording about the conditions of actions.

// insteadOfWhen is what to do where there is no member for the condition of an action.
const insteadOfWhen = "move the action to a stage with a beforeEntry condition, result SKIP and rule VariableCheck, or keep it in the authoring form"
