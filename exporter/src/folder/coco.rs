//! The boxes of a side as COCO has them: one file of images, annotations and categories (Lin et al. 2014; the format is described
//! at <https://cocodataset.org/#format-data>).

use std::{
    collections::{BTreeSet, HashMap},
    fs::File,
    io::{self, BufRead as _, BufReader, BufWriter, Seek as _, Write},
    path::Path,
};

use serde::Deserialize;
use serde_json::json;

use super::{OutputError, files::nameless, lines::Lines};

/// As much of a row as COCO has a place for.
#[derive(Deserialize)]
struct Row {
    image: String,
    width: u32,
    height: u32,
    objects: Vec<Object>,
    #[serde(default)]
    annotator: Option<String>,
    task_id: String,
}

#[derive(Deserialize)]
struct Object {
    bbox: [f64; 4],
    area: f64,
    #[serde(default)]
    category: Option<String>,
}

/// The category of boxes that have no label.
const UNLABELLED: &str = "object";

/// The boxes of each side, with the paths that they belong to.
pub(super) fn files(folder: &Path, sides: &[Lines]) -> Result<Vec<(String, File)>, OutputError> {
    let mut files = Vec::with_capacity(sides.len());
    for Lines { side, file, .. } in sides {
        let written = write(file, nameless(folder)?);
        let written = written.map_err(|source| OutputError::Io { path: folder.to_owned(), source })?;
        files.push((format!("coco/{}.json", side.as_str()), written));
    }
    Ok(files)
}

/// Writes the boxes of rows that are lines of JSON. An image stands there once; boxes of several annotators are told apart by the
/// member `annotator`, which COCO does not have and its readers pass over.
fn write(mut rows: &File, to: File) -> io::Result<File> {
    let mut out = BufWriter::new(to);
    let (images, categories) = write_images(&mut rows, &mut out)?;
    write_annotations(&mut rows, &images, &categories, &mut out)?;
    write!(out, "],\"categories\":[")?;
    for (name, place) in categories.iter().zip(0_u64..) {
        separate(&mut out, place)?;
        write!(out, "{}", json!({"id": place + 1, "name": name}))?;
    }
    writeln!(out, "]}}")?;
    out.into_inner().map_err(io::IntoInnerError::into_error)
}

/// Writes each image once, and gives their numbers and all categories.
fn write_images(rows: &mut &File, out: &mut impl Write) -> io::Result<(HashMap<String, u64>, BTreeSet<String>)> {
    let (mut images, mut categories) = (HashMap::new(), BTreeSet::new());
    write!(out, "{{\"images\":[")?;
    read(rows, |row| {
        categories.extend(row.objects.into_iter().map(Object::category));
        let place = images.len() as u64;
        if images.contains_key(&row.image) {
            return Ok(());
        }
        separate(out, place)?;
        let image = json!({"id": place + 1, "file_name": row.image, "width": row.width, "height": row.height});
        write!(out, "{image}")?;
        images.insert(row.image, place + 1);
        Ok(())
    })?;
    Ok((images, categories))
}

fn write_annotations(
    rows: &mut &File,
    images: &HashMap<String, u64>,
    categories: &BTreeSet<String>,
    out: &mut impl Write,
) -> io::Result<()> {
    let numbers: HashMap<&str, u64> = categories.iter().map(String::as_str).zip(1..).collect();
    let mut place = 0;
    write!(out, "],\"annotations\":[")?;
    read(rows, |row| {
        for object in row.objects {
            separate(out, place)?;
            place += 1;
            let (bbox, area) = (object.bbox, object.area);
            let mut annotation = json!({
                "id": place,
                "image_id": images.get(&row.image),
                "category_id": numbers.get(object.category().as_str()),
                "bbox": bbox,
                "area": area,
                "iscrowd": 0,
                "task_id": row.task_id,
            });
            if let Some(annotator) = &row.annotator {
                annotation["annotator"] = annotator.as_str().into();
            }
            write!(out, "{annotation}")?;
        }
        Ok(())
    })
}

impl Object {
    fn category(self) -> String {
        self.category.unwrap_or_else(|| UNLABELLED.to_owned())
    }
}

fn separate(out: &mut impl Write, place: u64) -> io::Result<()> {
    if place > 0 { writeln!(out, ",") } else { Ok(()) }
}

fn read(rows: &mut &File, mut each: impl FnMut(Row) -> io::Result<()>) -> io::Result<()> {
    rows.rewind()?;
    for line in BufReader::new(rows).lines() {
        each(serde_json::from_str(&line?)?)?;
    }
    Ok(())
}
