use super::support::{is_missing, refusal, values, without};
use crate::kinds::constants::extract::PythonShape;
use crate::kinds::constants::selector::Selector;

fn sequence() -> Selector {
    Selector::Python(PythonShape::Sequence("X".to_owned()))
}

fn literal(name: &str) -> Selector {
    Selector::Python(PythonShape::Literal(name.to_owned()))
}

fn an_enum() -> Selector {
    Selector::Python(PythonShape::Enum("X".to_owned()))
}

fn constants(names: &[&str]) -> Selector {
    Selector::Python(PythonShape::Constants(
        names.iter().map(|name| (*name).to_owned()).collect(),
    ))
}

#[test]
fn strings_are_joined_and_their_prefixes_count() {
    let text = "A = 'a' \"b\" \\\n    r'\\n'\nB: Final = (\n  \"\"\"x\ny\"\"\"\n)\nC = f'{{}}'\nD = u'd'\n";
    assert_eq!(
        values(&constants(&["A", "B", "C", "D"]), "x.py", text),
        ["ab\\n", "x\ny", "{}", "d"]
    );
}

#[test]
fn bytes_and_format_strings_are_refused() {
    assert_eq!(refusal(&constants(&["A"]), "x.py", "\nA = b'a'\n").0, 2);
    assert_eq!(refusal(&constants(&["A"]), "x.py", "\n\nA = f'{x}'\n").0, 3);
}

#[test]
fn escapes_mean_what_they_mean_in_python() {
    let text = "A = '\\x41\\101\\u00e9\\U0001F600\\q\\'\\\n'\n";
    assert_eq!(values(&constants(&["A"]), "x.py", text), ["AAé😀\\q'"]);
    assert_eq!(
        refusal(&constants(&["A"]), "x.py", "A = '\\N{DASH}'\n").0,
        1
    );
}

#[test]
fn a_name_that_is_assigned_twice_is_refused() {
    let (line, message) = refusal(&sequence(), "x.py", "X = ('a',)\nX += ('b',)\n");
    assert_eq!(line, 2);
    assert!(message.contains("more than once"));
}

#[test]
fn every_shape_of_a_sequence_is_read() {
    for text in [
        "X = ('a', 'b')\n",
        "X = 'a', 'b'\n",
        "X: list[str] = [\n  'a',  # 'no'\n  'b',\n]\n",
        "X = {'a', 'b'}\n",
        "X = frozenset({'a', 'b'})\n",
        "B = 'b'\nX = tuple(['a', B])\n",
    ] {
        assert_eq!(values(&sequence(), "x.py", text), ["a", "b"], "{text}");
    }
    assert!(values(&sequence(), "x.py", "X = set()\n").is_empty());
    assert_eq!(refusal(&sequence(), "x.py", "X = [\n*y]\n").0, 2);
    assert_eq!(refusal(&sequence(), "x.py", "X = ('a')\n").0, 1);
}

#[test]
fn an_enum_has_its_members_and_nothing_else() {
    let text = "@unique\nclass X(str, Enum):\n    \"\"\"A = 'no'\"\"\"\n    _ignore_ = 'i'\n    A = 'a'\n    B = \"b\"\n    note: str\n\n    def f(self):\n        C = 'c'\n        return C\n";
    assert_eq!(values(&an_enum(), "x.py", text), ["a", "b"]);
}

#[test]
fn auto_is_refused_with_its_line() {
    let (line, message) = refusal(
        &an_enum(),
        "x.py",
        "class X(Enum):\n    A = 'a'\n    B = auto()\n",
    );
    assert_eq!(line, 3);
    assert!(message.contains("auto()"));
}

#[test]
fn a_literal_is_read_in_every_place_it_can_stand_in() {
    for text in [
        "X = Literal['a', 'b']\n",
        "X: TypeAlias = typing.Literal['a', \"b\"]\n",
        "type X = Literal['a', 'b'] | None\n",
        "X = Optional[Literal['a', Literal['b']]]\n",
        "X = Union[Literal['a'], Literal['b'], None]\n",
        "X: Literal['a', 'b'] = 'a'\n",
        "Y = Literal['b']\nX = Literal['a'] | Y\n",
    ] {
        assert_eq!(values(&literal("X"), "x.py", text), ["a", "b"], "{text}");
    }
    let text = "class M(BaseModel):\n    kind: Literal['a', 2] = 'a'\n";
    assert_eq!(values(&literal("M.kind"), "x.py", text), ["a", "2"]);
    assert_eq!(
        refusal(&literal("X"), "x.py", "X = Union[Literal['a'],\n str]\n").0,
        2
    );
}

#[test]
fn the_keys_of_a_dict_are_read() {
    let selector = Selector::Python(PythonShape::DictKeys("X".to_owned()));
    let text = "X = {\n  'a': {'no': 1},\n  2: f(),\n}\n";
    assert_eq!(values(&selector, "x.py", text), ["a", "2"]);
    assert_eq!(refusal(&selector, "x.py", "X = {'a': 1,\n **y}\n").0, 2);
}

#[test]
fn what_is_not_there_is_missing_and_what_an_error_may_hide_is_not() {
    assert!(is_missing(&an_enum(), "x.py", "class Y: pass\n").contains("enum X"));
    assert_eq!(
        refusal(&an_enum(), "x.py", "A = 1\nclass X(Enum:\n  A = \n").0,
        2
    );
}

#[test]
fn cutting_a_member_leaves_a_tuple_a_tuple() {
    for text in ["X = ('a', 'b')\n", "X = ('a', 'b',)\n"] {
        let cut = without(&sequence(), "x.py", text, 1);
        assert_eq!(values(&sequence(), "x.py", &cut), ["a"], "{cut}");
    }
    let text = "\u{feff}X = frozenset({'ä', 'b'})\r\n";
    let cut = without(&sequence(), "x.py", text, 0);
    assert_eq!(values(&sequence(), "x.py", &cut), ["b"], "{cut}");
}
