use arrow_array::types::Int8Type;
use arrow_array::{
    BinaryArray, DictionaryArray, Int8Array, Int32Array, ListArray, RecordBatch, StringArray, StringViewArray,
    StructArray,
};
use arrow_buffer::OffsetBuffer;

use super::*;

/// Columns of text in every nesting that batches are made of here.
fn columns() -> Vec<(Field, ArrayRef)> {
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("ü")]));
    let inner = Field::new("s", DataType::Utf8, true);
    let members = StructArray::from(vec![
        (Arc::new(inner.clone()), texts.clone()),
        (Arc::new(Field::new("n", DataType::Int32, false)), Arc::new(Int32Array::from(vec![1, 2, 3])) as ArrayRef),
    ]);
    let item = Arc::new(inner);
    let list = ListArray::new(item, OffsetBuffer::from_lengths([2, 0, 1]), texts.clone(), None);
    let keys = Int8Array::from(vec![Some(1), None, Some(0)]);
    let dictionary = DictionaryArray::<Int8Type>::new(keys, Arc::new(StringArray::from(vec!["x", "y"])));
    let views = StringViewArray::from(vec!["short", "a text that does not fit into its view", ""]);
    let arrays: Vec<ArrayRef> = vec![texts, Arc::new(members), Arc::new(list), Arc::new(dictionary), Arc::new(views)];
    arrays.into_iter().map(|array| (Field::new("c", array.data_type().clone(), true), array)).collect()
}

#[test]
fn text_goes_to_bytes_and_comes_back() {
    for (field, array) in columns() {
        let bytes = bytes_field(&field);
        assert_ne!(bytes.data_type(), field.data_type());
        // The same buffers, under the type of bytes.
        let as_bytes = make_array(retagged(array.to_data(), bytes.data_type()));
        let back = text(&as_bytes, field.data_type()).unwrap();
        assert_eq!(&back, &array);
        assert!(RecordBatch::try_new(Arc::new(arrow_schema::Schema::new(vec![field])), vec![back]).is_ok());
    }
}

fn retagged(data: ArrayData, target: &DataType) -> ArrayData {
    let parts = children(target).into_iter().zip(data.child_data());
    let parts = parts.map(|((_, target), child)| retagged(child.clone(), target)).collect();
    data.into_builder().data_type(target.clone()).child_data(parts).build().unwrap()
}

#[test]
fn what_is_not_text_is_told_with_its_path() {
    let bad: ArrayRef = Arc::new(BinaryArray::from_vec(vec![b"a", b"\xff"]));
    let member = Field::new("s", DataType::Binary, false);
    let members: ArrayRef = Arc::new(StructArray::from(vec![(Arc::new(member), bad)]));
    let like = DataType::Struct(vec![Field::new("s", DataType::Utf8, false)].into());
    let error = text(&members, &like).unwrap_err();
    assert_eq!((error.code(), error.origin().column.as_deref()), (Some(Code::Utf8), Some("s")));
    // What is bytes on both sides stays bytes.
    let like = DataType::Struct(vec![Field::new("s", DataType::Binary, false)].into());
    assert!(text(&members, &like).is_ok());
}
