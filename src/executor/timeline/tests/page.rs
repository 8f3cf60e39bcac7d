use super::*;
use crate::executor::timeline::paint::escape;

#[test]
fn a_page_needs_nothing_from_outside() {
    let html = example().html();
    assert_eq!(html.matches("://").count(), 1, "the name of SVG and nothing else");
    assert_eq!(html.matches("xmlns=\"http://www.w3.org/2000/svg\"").count(), 1);
    assert!(!html.contains("src=") && !html.contains("href=") && !html.contains("@import") && !html.contains("url("));
    assert!(html.contains("default-src 'none'"));
    assert!(html.contains(&example().svg()));
}

#[test]
fn what_a_circuit_is_called_is_never_markup_of_the_page() {
    let mut hostile = example();
    let name = "<script>alert(1)</script><img onerror=x>\u{202e}";
    for row in &mut hostile.rows {
        (row.name, row.job, row.note) = (name.to_owned(), Some(name.to_owned()), Some(name.to_owned()));
    }
    hostile.speed_up = Some(name.to_owned());
    let html = hostile.html();
    assert_eq!(html.matches("<script").count(), 1);
    assert!(!html.contains("<img") && !html.contains('\u{202e}'));
    assert!(html.contains(&escape("<img onerror=x>\\u{202e}")));
}

#[test]
fn the_table_has_every_circuit_with_the_time_in_each_phase() {
    let html = example().html();
    let rows: Vec<&str> = html.split("<tr").filter(|row| row.contains("<bdi>")).collect();
    assert_eq!(rows.len(), 4);
    let cells =
        |row: &str| row.split("<td").skip(1).map(|cell| cell[cell.find('>').unwrap() + 1..].replace("</td>", "")).collect::<Vec<_>>();
    let words = |row: &str| {
        cells(row)
            .iter()
            .map(|cell| cell.replace("<bdi>", "").replace("</bdi>", "").replace("</tr>", "").trim().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        words(rows[0]),
        ["0", "bell", "job-0", "ok", "0 s", "5.00 s", "5.00 s", "500 ms", "500 ms", "", "1.00 s", "2.00 s", "1.00 s", "", ""]
    );
    assert!(rows[1].starts_with(" class=\"failed\">"));
    assert_eq!(words(rows[1])[1..4], ["circuit 1", "", "the answer was lost"]);
    assert_eq!(words(rows[2])[4..7], ["4.00 s", "8.00 s", "4.00 s"], "waiting is not counted");
}

#[test]
fn of_very_many_circuits_the_table_has_those_without_results_and_the_slowest() {
    let mut many = even(10_000, 64);
    many.rows[9000].ok = false;
    many.rows[8000].spans[1].to += ms(1);
    let html = many.html();
    assert!(html.len() < 1_500_000, "{}", html.len());
    assert_eq!(html.matches("<bdi>circuit ").count(), 2000);
    assert!(html.contains("<bdi>circuit 9000</bdi>") && html.contains("<bdi>circuit 8000</bdi>"));
    assert!(!html.contains("<bdi>circuit 7000</bdi>"));
    assert!(html.contains("The table has 2,000 of 10,000 circuits"));
}
