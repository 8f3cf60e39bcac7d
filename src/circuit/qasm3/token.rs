//! Text into tokens, one at a time; each knows its line.

use logos::Logos;

/// What a token is.
#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq)]
#[logos(skip r"[ \t\r\n\f]+")]
#[logos(skip(r"//[^\n]*", allow_greedy = true))]
#[logos(skip r"/\*([^*]|\*+[^*/])*\*+/")]
pub(super) enum Kind {
    #[regex(r"[\p{L}\p{Nl}_][\p{L}\p{Nl}0-9_]*")]
    Name,
    #[regex(r"[0-9][0-9_]*|0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+", priority = 20)]
    Integer,
    #[regex(r"[0-9][0-9_]*\.[0-9_]*([eE][+-]?[0-9]+)?|\.[0-9][0-9_]*([eE][+-]?[0-9]+)?|[0-9][0-9_]*[eE][+-]?[0-9]+", priority = 20)]
    Float,
    /// `100ns`, `2im`: a number with a unit.
    #[regex(r"([0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)([eE][+-]?[0-9]+)?[\p{L}_][\p{L}0-9_]*", priority = 3)]
    Quantity,
    #[regex(r#""[^"\n]*"|'[^'\n]*'"#)]
    Text,
    #[regex(r"\$[0-9]+")]
    Hardware,
    #[token("#pragma")]
    Pragma,
    #[token(";")]
    Semicolon,
    #[token(",")]
    Comma,
    #[token(":")]
    Colon,
    #[token("=")]
    Equals,
    #[token("@")]
    At,
    #[token("(")]
    Open,
    #[token(")")]
    Close,
    #[token("[")]
    OpenIndex,
    #[token("]")]
    CloseIndex,
    #[token("{")]
    OpenBlock,
    #[token("}")]
    CloseBlock,
    #[token("->")]
    Arrow,
    #[token("+")]
    Plus,
    #[token("++")]
    Join,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("**")]
    Power,
    #[token("/")]
    Slash,
    #[token("%")]
    Percent,
    #[token("^")]
    Caret,
    /// An operator of classical computation.
    #[regex(r"[=!<>]=|<<|>>|[<>!~&|]|&&|\|\||([+\-*/%^&|~]|<<|>>|\*\*)=")]
    Operator,
    /// What is no token at all.
    Unknown,
    /// After the last token.
    End,
}

/// A piece of the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// From 1.
    pub(super) line: usize,
}

impl Token<'_> {
    /// As an error text shows it.
    pub(super) fn shown(&self) -> String {
        match self.kind {
            Kind::End => "the end of the text".to_owned(),
            _ => format!("{:?}", crate::circuit::error::shorten(self.text)),
        }
    }
}

/// The tokens of a text, one after another, [`Kind::End`] for ever at its end.
pub(super) struct Tokens<'a> {
    text: &'a str,
    lexer: logos::Lexer<'a, Kind>,
    /// Up to where lines have been counted, and the line there.
    counted: (usize, usize),
}

impl<'a> Tokens<'a> {
    pub(super) fn of(text: &'a str) -> Tokens<'a> {
        Tokens { text, lexer: Kind::lexer(text), counted: (0, 1) }
    }

    pub(super) fn next(&mut self) -> Token<'a> {
        let kind = match self.lexer.next() {
            Some(kind) => kind.unwrap_or(Kind::Unknown),
            None => Kind::End,
        };
        let (counted, line) = self.counted;
        let start = self.lexer.span().start;
        let line = line + self.text[counted..start].bytes().filter(|&byte| byte == b'\n').count();
        self.counted = (start, line);
        Token { kind, text: self.lexer.slice(), line }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(Kind, &str, usize)> {
        let mut tokens = Tokens::of(text);
        let all = std::iter::from_fn(|| Some(tokens.next()).filter(|token| token.kind != Kind::End));
        all.map(|token| (token.kind, token.text, token.line)).collect()
    }

    #[test]
    fn numbers_names_and_units_are_told_apart() {
        let text = "1 0x1F 1_000 .5 1. 2.5e-3 1e5 100ns 2im π q_1 e5";
        let names: Vec<_> = kinds(text).into_iter().map(|(kind, ..)| kind).collect();
        use Kind::*;
        assert_eq!(names, [Integer, Integer, Integer, Float, Float, Float, Float, Quantity, Quantity, Name, Name, Name]);
    }

    #[test]
    fn comments_are_skipped_and_lines_counted_through_them() {
        let text = "x // one\n/* two\n*** three */ y\n/**/z // the end";
        assert_eq!(kinds(text), [(Kind::Name, "x", 1), (Kind::Name, "y", 3), (Kind::Name, "z", 4)]);
    }

    #[test]
    fn the_longest_operator_wins_and_strange_characters_are_tokens_too() {
        use Kind::*;
        let found: Vec<_> = kinds("**-> ++ += == @x § \"torn\nh").into_iter().map(|(kind, ..)| kind).collect();
        assert_eq!(found, [Power, Arrow, Join, Operator, Operator, At, Name, Unknown, Unknown, Name]);
    }
}
