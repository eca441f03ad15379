"""Which names and numbers of a question stand nowhere."""

import pytest

from qa.language.checks import absent, fits, similar, unsupported
from qa.language.names import Question


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("What did James Mattis say?", ()),
        ("What did Secretary Jim Mattis say?", ()),  # one word of the name is enough
        ("What did Canada say?", ("Canada",)),
        ("What did the Mexicos say?", ()),
        ("When did Mattis become CEO?", ()),  # which articles write out
        ("Were 4000 troops sent?", ()),
        ("Were 400 troops sent?", ("400",)),
        ("Did Canada send 12,5 troops in 2018?", ("Canada", "12,5", "2018")),
        ("Were the 3 suspects arrested?", ()),  # the text has "three"
        ("Did the G20 meet?", ("G20",)),  # the number in a missing name is not missed twice
    ],
)
def test_absent(question: str, missing: tuple[str, ...]) -> None:
    texts = ["James Mattis sent 4,000 troops.", "Mexico agreed with three others."]
    assert absent(Question(question), texts) == missing


@pytest.mark.parametrize(
    ("question", "text", "missing"),
    [
        ("Did the FBI come?", "The F.B.I. came.", ()),
        ("Did the F.B.I. come?", "The FBI came.", ()),
        ("Did the United Nations come?", "The UN came.", ()),
        ("Did the WHO come?", "The World Health Organization came.", ()),
        ("Did the Department of Justice and Norway come?", "The DOJ came.", ("Norway",)),
        ("Did the Department of Labor come?", "The DOJ came.", ("Department", "Labor")),
        ("Did the F16 and the G20 come?", "F-16 jets flew over the G-20.", ()),
        ("Did Åkesson come?", "A\u030akesson came.", ()),
        ("Did O’Leary of Łódź come?", "Oleary of Lodz came.", ()),
        ("Did 99 men come?", "Ninety-nine came.", ()),
        ("Did 4 thousand men come?", "4,000 came.", ()),
        ("Was it the 3rd session of the 1990s?", "It was the third one in the ’90s.", ()),
        ("Was World War 2 over?", "World War II was over.", ()),
        ("Was World War 3 over?", "World War II was over.", ("3",)),
        ("Q3: did Norway come? Please say so.", "Norway came.", ()),
        ("Did 99 men come?", "Ninety men came.", ("99",)),
    ],
)
def test_what_a_reader_would_find_is_not_absent(question: str, text: str, missing: tuple[str, ...]) -> None:
    assert absent(Question(question), ["Nothing else.", text]) == missing


def test_all_is_absent_from_nothing() -> None:
    assert absent(Question("Did Mexico agree?"), []) == ("Mexico",)


@pytest.mark.parametrize(
    ("question", "answer", "fitting"),
    [
        ("In which year was it?", "April", False),
        ("In which year was it?", "May 2018", True),
        ("In what year was it?", "874", True),
        ("By what year will it be?", "by 2100", True),
        ("In what year was it?", "A.D. 79", True),
        ("In what year was it?", "about 79 B.C.", True),
        ("In what year was it?", "May 18", False),
        ("In what year was it?", "874 people", False),
        ("What month was it?", "Thursday", False),
        ("What month was it?", "last April", True),
        ("On what day was it?", "James Mattis", False),
        ("On what day was it?", "Oct. 18", True),
        ("Which day was it?", "Thursday", True),
        ("How many troops came?", "the National Guard", False),
        ("How many troops came?", "dozens", True),
        ("How many troops came?", "no troops", True),
        ("What percentage agreed?", "the voters", False),
        ("Who said when it began?", "Mattis", True),  # any kind of answer
    ],
)
def test_answers_of_another_kind(question: str, answer: str, fitting: bool) -> None:
    assert fits(question, answer) is fitting


@pytest.mark.parametrize(
    ("answer", "text", "missing"),
    [
        ("up to 4,000 troops", "Mattis sent up to 4,000 troops.", ()),
        ("4,000", "Mattis sent up to 4,000 troops.", ("4,000",)),
        ("more than 40", "Exactly 45 came.", ()),
        ("45", "More than 40 came.", ("45",)),
        ("5 percent", "It rose by 5%.", ()),
        ("5 percent", "It rose by 5 points.", ("5 percent",)),
        ("$3 million", "It cost 3 million dollars.", ()),
        ("$3 million", "It cost $3 billion.", ("$3 million",)),
        ("April 2018", "It was in April 2018.", ()),
        ("April", "It was on 3 April 2018.", ()),
        ("May 2018", "It was in April 2018.", ("May 2018",)),
        ("by General Mattis", "James Mattis was there.", ()),
        ("by James Smith", "James Mattis was there.", ("James Smith",)),
        ("he called it “a disaster”", "A great “disaster”, he said.", ("a disaster",)),
        ("he called it “a disaster”", "“It is a disaster,” he said.", ()),
        ("two", "Twenty-two came.", ("two",)),
        ("112", "One hundred and twelve came.", ()),
        ("$3 billion", "It cost $3bn.", ()),
        ("September 4", "It was on Sept. 4.", ()),
        ("Sept 4", "It was on the 4th of September.", ()),
        ("May 3", "It was on the third of May.", ()),
        ("May 4", "It was on the third of May.", ("May 4",)),
        ("the end of World War 2", "World War II ended.", ()),
        ("the end of World War 2", "World War I ended.", ("2",)),
        ("sent by the United Nations", "The U.N. sent them.", ()),
        ("sent by the UN", "The United Nations sent them.", ()),
        ("sent by the UN", "The European Union sent them.", ("UN",)),
        ("by Élodie Müller", "E\u0301lodie Mu\u0308ller came.", ()),
        ("by Mül\u00adler", "Muller came.", ()),
        ("an onslaught", "nothing at all", ()),  # no number, name or quotation: nothing to check
    ],
)
def test_what_its_text_does_not_say(answer: str, text: str, missing: tuple[str, ...]) -> None:
    assert unsupported(answer, text) == missing


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Matiss", ("Mattis",)),
        ("Guatamala", ("Guatemala",)),
        ("James Matis", ("James Mattis",)),
        ("MATTISS", ("Mattis",)),
        ("Iran", ()),  # Iraq is another country
        ("Canada", ()),
        ("2018", ()),
    ],
)
def test_a_mistyped_name_is_like_what_the_passages_have(name: str, meant: tuple[str, ...]) -> None:
    texts = ["Defense Secretary Jim Mattis left Iraq in 2017.", "A matter of Guatemala."]
    assert similar([name], texts) == meant
