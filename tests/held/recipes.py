"""What holds the prose of the page of recipes; `test_recipes` runs its programs and their traps."""

from onecycle_widgets.exercises.capstone import PARTS, SEEDS

COUNT = {3: "three"}

FILLED = [
    "**Data in {COUNT[len(PARTS)]} parts.**",
    "**Several trainings**, {COUNT[SEEDS]} at least",
]
TRUE: dict[str, str] = {}
GIVEN = {
    "no quantity": ["What all recipes use", "moves all the same", "never heard", "A level higher"],
    "its trap is run": ["rates of the cycle are never used"],
    "what the program has": ["Fine-tuning: two groups"],
    "run in tests/frameworks, with both ways to count": ["with two of them [twice as fast]"],
    "a claim that the reader may make": ["that one cycle is better"],
}
